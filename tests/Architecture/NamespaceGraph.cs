using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace LossSpikes.Tests.Architecture;

/// <summary>
/// Which rooms of an assembly use which others, read from its compiled code. A room is a folder: the namespace too, but for the public
/// surface of the monitor, which has one namespace for all of its folders.
/// </summary>
internal sealed partial class NamespaceGraph
{
    private readonly string _root;
    private readonly Dictionary<string, string> _folders = [];
    private readonly SortedDictionary<string, SortedSet<string>> _uses = new(StringComparer.Ordinal);

    /// <summary>Reads an assembly.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="root">Its root namespace.</param>
    /// <param name="source">The folder of its project; rooms are named relative to it, and it is itself <c>(root)</c>.</param>
    public NamespaceGraph(System.Reflection.Assembly assembly, string root, string source)
    {
        _root = root;
        foreach (var file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            var folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            var text = File.ReadAllText(file);
            foreach (var name in Declaration().Matches(text).Select(m => m.Groups["name"].Value))
            {
                _folders[$"{Namespace().Match(text).Groups[1].Value}.{name}"] = folder == "." ? "(root)" : folder;
            }
        }

        using var module = ModuleDefinition.ReadModule(assembly.Location);
        foreach (var type in module.GetAllTypes().Where(t => Room(t) is not null))
        {
            var room = _uses.TryGetValue(Room(type)!, out var known) ? known : _uses[Room(type)!] = new SortedSet<string>(StringComparer.Ordinal);
            room.UnionWith(Uses(type).SelectMany(Parts).Select(Room).OfType<string>().Where(used => used != Room(type)));
        }
    }

    /// <summary>For each room the rooms that it uses.</summary>
    public IReadOnlyDictionary<string, SortedSet<string>> Uses() => _uses;

    /// <summary>A cycle as a list of rooms, the first one again at the end; or null.</summary>
    public IReadOnlyList<string>? Cycle() => _uses.Keys.Select(room => PathBack(room, room, [])).FirstOrDefault(path => path is not null);

    private List<string>? PathBack(string from, string to, HashSet<string> seen)
    {
        foreach (var used in _uses[from].Where(u => _uses.ContainsKey(u)))
        {
            if (used == to)
            {
                return [from, to];
            }

            if (seen.Add(used) && PathBack(used, to, seen) is { } rest)
            {
                return [from, .. rest];
            }
        }

        return null;
    }

    private string? Room(TypeReference type)
    {
        while (type.DeclaringType is not null)
        {
            type = type.DeclaringType;
        }

        var name = type.FullName.Split('`')[0];
        return _folders.TryGetValue(name, out var folder) ? folder
            : type.Namespace == _root || type.Namespace.StartsWith(_root + ".", StringComparison.Ordinal)
                ? type.Name.StartsWith('<') ? null : throw new InvalidOperationException($"{name} is declared in no file")
            : null;
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^(?:\w+ )*(?:(?:class|record struct|record|struct|enum|interface) |delegate \w+ )(?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    private static IEnumerable<TypeReference> Uses(TypeDefinition type) =>
    [
        .. type.BaseType is null ? [] : (TypeReference[])[type.BaseType],
        .. type.Interfaces.Select(i => i.InterfaceType),
        .. type.CustomAttributes.SelectMany(Uses),
        .. type.Fields.Select(f => f.FieldType),
        .. type.Properties.SelectMany(p => p.CustomAttributes).SelectMany(Uses),
        .. type.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType),
        .. type.Methods.SelectMany(Uses),
    ];

    private static IEnumerable<TypeReference> Uses(MethodDefinition method) =>
    [
        method.ReturnType,
        .. method.Parameters.Select(p => p.ParameterType),
        .. method.GenericParameters.SelectMany(p => p.Constraints).Select(c => c.ConstraintType),
        .. method.HasBody ? method.Body.Variables.Select(v => v.VariableType) : [],
        .. method.HasBody ? method.Body.ExceptionHandlers.Select(h => h.CatchType).OfType<TypeReference>() : [],
        .. method.HasBody ? method.Body.Instructions.SelectMany(i => Uses(i.Operand)) : [],
    ];

    private static IEnumerable<TypeReference> Uses(object? operand) => operand switch
    {
        TypeReference type => [type],
        GenericInstanceMethod method =>
            [method.DeclaringType, method.ReturnType, .. method.GenericArguments, .. method.Parameters.Select(p => p.ParameterType)],
        MethodReference method => [method.DeclaringType, method.ReturnType, .. method.Parameters.Select(p => p.ParameterType)],
        FieldReference field => [field.DeclaringType, field.FieldType],
        _ => [],
    };

    private static IEnumerable<TypeReference> Uses(CustomAttribute attribute) =>
        [attribute.AttributeType, .. attribute.ConstructorArguments.Select(a => a.Value).OfType<TypeReference>()];

    /// <summary>The types that a type is made of: element types and generic arguments.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type) => type switch
    {
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Parts)],
        TypeSpecification specification => Parts(specification.ElementType),
        GenericParameter => [],
        _ => [type],
    };
}
