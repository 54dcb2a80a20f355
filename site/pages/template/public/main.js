// Blocks that name no language are commands and output: nothing in them is guessed to be code.
export default {
  configureHljs: hljs => hljs.configure({ languages: [] })
}
