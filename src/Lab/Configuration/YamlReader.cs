using System.Text.Json.Nodes;
using LossSpikes.TensorFiles.Messages;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LossSpikes.Lab.Configuration;

/// <summary>
/// Turns one YAML document into JSON nodes and notes where each value was written. It reads the parser's events rather than
/// YamlDotNet's node tree, whose recursion a deeply nested file would drive into a stack overflow.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 32;
    private const int MaxNodes = 10_000;
    private const int LongestKey = 100;

    private readonly Parser _parser;
    private readonly Func<long, string> _where;
    private readonly SourceLocations _locations;
    private readonly Dictionary<AnchorName, JsonNode?> _anchors = [];
    private int _nodes;

    private YamlReader(string text, Func<long, string> where, SourceLocations locations) =>
        (_parser, _where, _locations) = (new Parser(new StringReader(text)), where, locations);

    /// <summary>Reads the document <paramref name="text"/>; null when it is empty.</summary>
    /// <param name="text">The document.</param>
    /// <param name="where">Names a line, for messages.</param>
    /// <param name="locations">Receives where the values were written.</param>
    /// <exception cref="SettingsException">It is not YAML, or uses what settings have no use for.</exception>
    public static JsonNode? Read(string text, Func<long, string> where, SourceLocations locations)
    {
        var reader = new YamlReader(text, where, locations);
        try
        {
            return reader.Document();
        }
        // YamlDotNet's scanner throws other types than YamlException on some malformed texts.
        catch (Exception invalid) when (invalid is not SettingsException)
        {
            var line = invalid is YamlException error ? error.Start.Line : reader._parser.Current?.End.Line ?? 1;
            throw new SettingsException($"{where(line)}: expected valid YAML; check indentation (spaces, no tabs), quotes and brackets around here");
        }
    }

    private JsonNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            return null;
        }

        var root = Node(depth: 1);
        _parser.Consume<DocumentEnd>();
        return _parser.TryConsume<DocumentStart>(out var second) ? throw Error(second, "expected one document, but a second one starts here") : root;
    }

    private JsonNode? Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var original)
                ? Copy(original, depth, alias)
                : throw Error(alias, "expected the name of an anchor that is defined before its use here");
        }

        var start = _parser.Consume<NodeEvent>();
        Admit(depth, start);
        JsonNode? node = start switch
        {
            MappingStart => Mapping(depth),
            SequenceStart => Sequence(depth),
            Scalar { Style: ScalarStyle.Plain } scalar => PlainScalar.Read(scalar.Value),
            Scalar scalar => JsonValue.Create(scalar.Value),
            _ => throw Error(start, "expected a value"),
        };
        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor] = node;
        }

        return node;
    }

    private JsonObject Mapping(int depth)
    {
        var mapping = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var start = _parser.Consume<NodeEvent>();
            Admit(depth, start);
            if (start is not Scalar { Value: { Length: > 0 and <= LongestKey } key })
            {
                throw Error(start, "expected a key, which is a single word");
            }

            if (mapping.ContainsKey(key))
            {
                throw Error(start, $"the key {Excerpt.Of(key)} is given twice");
            }

            _locations.Note(mapping, key, _where(start.Start.Line));
            mapping.Add(key, Node(depth + 1));
        }

        return mapping;
    }

    private JsonArray Sequence(int depth)
    {
        var sequence = new JsonArray();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            _locations.Note(sequence, $"[{sequence.Count}]", _where(_parser.Current!.Start.Line));
            sequence.Add(Node(depth + 1));
        }

        return sequence;
    }

    /// <summary>What an alias stands for, counted like any other part: copies of copies grow exponentially.</summary>
    private JsonNode? Copy(JsonNode? original, int depth, AnchorAlias alias)
    {
        Admit(depth, alias);
        return original switch
        {
            JsonObject mapping => new JsonObject(mapping.Select(pair => KeyValuePair.Create(pair.Key, Copy(pair.Value, depth + 1, alias)))),
            JsonArray sequence => new JsonArray([.. sequence.Select(item => Copy(item, depth + 1, alias))]),
            _ => original?.DeepClone(),
        };
    }

    private void Admit(int depth, ParsingEvent node)
    {
        if (depth > MaxDepth)
        {
            throw Error(node, $"expected at most {MaxDepth} levels of nesting");
        }

        if (++_nodes > MaxNodes)
        {
            throw Error(node, $"expected at most {MaxNodes} keys and values, copies of anchors included");
        }

        if (node is NodeEvent { Tag.IsEmpty: false })
        {
            throw Error(node, $"tags (words that start with !) have no meaning in {_locations.Kind.Any}");
        }
    }

    private SettingsException Error(ParsingEvent at, string text) => new($"{_where(at.Start.Line)}: {text}");
}
