using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;
using TorchSharp;

namespace LossSpikes.Tests.Architecture;

/// <summary>The methods of TorchSharp that let libtorch read a number which nothing keeps alive, found in its compiled code.</summary>
/// <remarks>
/// A method that makes a <see cref="Scalar"/> is loose, unless it disposes it afterwards or keeps it alive by name: TorchSharp never
/// stores a number, and a number on the evaluation stack is garbage as soon as its handle is taken. Methods that return a new number
/// are loose, those that call a loose method, and the constructors of types that override a virtual method by a loose one. Methods
/// that take the number as an argument are not: it is the caller's.
/// </remarks>
internal sealed class LooseNumbers : IDisposable
{
    private const string Number = "TorchSharp.Scalar";

    private readonly ModuleDefinition _torch;
    private readonly HashSet<string> _loose;

    /// <summary>Reads TorchSharp.dll.</summary>
    public LooseNumbers()
    {
        _torch = Read(typeof(Scalar).Assembly);
        var methods = _torch.GetAllTypes().SelectMany(type => type.Methods).Where(method => method.HasBody).ToList();
        var callers = methods.SelectMany(method => Called(method).Distinct().Select(called => (Called: called, Caller: method)))
            .ToLookup(call => call.Called.FullName, call => call.Caller);
        var waiting = new Queue<MethodDefinition>(methods.Where(MakesALooseNumber));
        _loose = [];
        while (waiting.TryDequeue(out var method))
        {
            if (_loose.Add(method.FullName))
            {
                var constructors = method is { IsVirtual: true, IsNewSlot: false } ? method.DeclaringType.GetConstructors().Where(c => !c.IsStatic) : [];
                // Whether a caller holds on to the number it is given is a question of its own.
                var users = method.ReturnType.FullName == Number ? [] : callers[method.FullName];
                users.Concat(constructors).ToList().ForEach(waiting.Enqueue);
            }
        }

        Members = new SortedSet<string>(
            _torch.GetAllTypes().Where(IsVisible).SelectMany(type => type.Methods).Where(m => m.IsPublic && _loose.Contains(m.FullName)).Select(Id),
            StringComparer.Ordinal);
    }

    /// <summary>The documentation-comment ids of those that are public.</summary>
    public SortedSet<string> Members { get; }

    /// <summary>The calls of these methods in the code of an assembly, by the method that calls.</summary>
    public IEnumerable<(string Caller, string Member)> CallsFrom(System.Reflection.Assembly assembly)
    {
        using var module = Read(assembly);
        return
        [
            .. from type in module.GetAllTypes()
               from method in type.Methods
               where method.HasBody
               from called in Called(method)
               where called.Module.Assembly.Name.Name == _torch.Assembly.Name.Name && _loose.Contains(called.FullName)
               select ($"{type.FullName}.{method.Name}", Id(called)),
        ];
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _torch.Dispose();

    private static ModuleDefinition Read(System.Reflection.Assembly assembly)
    {
        var resolver = new DefaultAssemblyResolver();
        resolver.AddSearchDirectory(Path.GetDirectoryName(assembly.Location));
        return ModuleDefinition.ReadModule(assembly.Location, new ReaderParameters { AssemblyResolver = resolver });
    }

    private static IEnumerable<MethodDefinition> Called(MethodDefinition method) =>
        from instruction in method.Body.Instructions
        let reference = instruction.Operand as MethodReference
        where reference?.DeclaringType.GetElementType().Scope.Name.StartsWith("TorchSharp", StringComparison.Ordinal) == true
        let called = reference.Resolve()
        where called is not null
        from one in IsStateMachine(called) ? called.DeclaringType.Methods.AsEnumerable() : [called]
        select one;

    // An iterator or a lambda: what makes it is taken to run it.
    private static bool IsStateMachine(MethodDefinition called) => called.IsConstructor && called.DeclaringType.Name.Contains('<', StringComparison.Ordinal);

    private static bool MakesALooseNumber(MethodDefinition method) => method.Body.Instructions.Any(made =>
        made.Operand is MethodReference maker
        && (maker.ReturnType.FullName == Number || maker is { Name: ".ctor", DeclaringType.FullName: Number })
        && !(Stored(made.Next) is { } local && method.Body.Instructions.Any(use => Loaded(use) == local
            && use.Next.Operand is MethodReference { Name: nameof(IDisposable.Dispose) or nameof(GC.KeepAlive) })));

    private static int? Stored(Instruction instruction) => instruction.OpCode.Code switch
    {
        >= Code.Stloc_0 and <= Code.Stloc_3 => instruction.OpCode.Code - Code.Stloc_0,
        Code.Stloc_S or Code.Stloc => ((VariableDefinition)instruction.Operand).Index,
        _ => null,
    };

    private static int? Loaded(Instruction instruction) => instruction.OpCode.Code switch
    {
        >= Code.Ldloc_0 and <= Code.Ldloc_3 => instruction.OpCode.Code - Code.Ldloc_0,
        Code.Ldloc_S or Code.Ldloc => ((VariableDefinition)instruction.Operand).Index,
        _ => null,
    };

    private static bool IsVisible(TypeDefinition type) => type.IsPublic || (type.IsNestedPublic && IsVisible(type.DeclaringType));

    /// <summary>That of the property where the method is an accessor.</summary>
    private static string Id(MethodDefinition method) =>
        method.DeclaringType.Properties.FirstOrDefault(p => p.GetMethod == method || p.SetMethod == method) is { } property
            ? DocCommentId.GetDocCommentId(property)
            : DocCommentId.GetDocCommentId(method);
}
