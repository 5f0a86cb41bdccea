// A trained classifier behind HTTP: single rows from a pool of prediction engines, several rows at once through Transform.
//   --train                              trains a model on Iris first and writes it to Serving:ModelPath
//   load <address> [clients] [seconds]   is the other side: measures a service that runs
using Serving;

if (args is ["load", var address, ..])
    return await LoadClient.RunAsync(new Uri(address), args[2..]);

try
{
    await using var app = ServingApp.Create([.. args.Where(a => a != "--train")], train: args.Contains("--train"));
    await app.RunAsync();
    return 0;
}
catch (Exception e) when (e is ArgumentException or FormatException or InvalidOperationException or IOException or UnauthorizedAccessException or DllNotFoundException)
{
    Console.Error.WriteLine($"serving: {e.Message}");
    return 1;
}
