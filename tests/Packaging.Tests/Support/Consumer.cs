namespace Packaging.Tests.Support;

/// <summary>A user's program in an empty folder outside of the repository, with a reference to our package and to a libtorch.</summary>
internal sealed class Consumer
{
    public Consumer(string program, string? cache = null, string properties = "")
    {
        Folder = Feed.NewFolder("app");
        Feed.WriteConfig(Folder, cache);
        // As "dotnet new console" writes it.
        Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="MLNet.FlipReg" Version="0.1.0" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="{Repository.Version("libtorch-cpu-linux-x64")}" />
              </ItemGroup>
            </Project>
            """);
        Write("Program.cs", program);
        File.Copy(Repository.File("examples", "data", "iris.csv"), Path.Combine(Folder, "iris.csv"));
    }

    public string Folder { get; }

    public string this[params string[] parts] => Path.Combine([Folder, .. parts]);

    public void Write(string name, string text) => File.WriteAllText(Path.Combine(Folder, name), text);

    public CommandResult Dotnet(params string[] arguments) => Command.Dotnet(Folder, arguments);

    public void Build(params string[] arguments) => Dotnet(["build", "--nologo", "-v", "quiet", .. arguments]).Succeeded();

    public void Publish(params string[] arguments) => Dotnet(["publish", "-c", "Release", "--nologo", "-v", "quiet", .. arguments]).Succeeded();
}
