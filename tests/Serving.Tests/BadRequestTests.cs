using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serving.Tests;

/// <summary>Bad requests get an answer that names the field, the rule, the value and the remedy; the service goes on.</summary>
[TestClass]
public sealed class BadRequestTests
{
    [TestMethod]
    public async Task Single_rows()
    {
        await using var service = await Service.StartAsync();
        await Refused("not JSON", "body", "must be one JSON value");
        await Refused("", "body", "must be one JSON value");
        await Refused("[1]", "body", "must be an object with the field 'features'", "Got a JSON Array.");
        await Refused("null", "body", "must be an object with the field 'features'", "Got null.");
        await Refused("{}", "features", "must be given.");
        await Refused("""{"features":[1,2,3]}""", "features", "must hold 4 numbers, one for each feature. Got 3 values.");
        await Refused("""{"features":[1,2,3,4,5]}""", "features", "Got 5 values.");
        await Refused("""{"features":7}""", "features", "must be a list of 4 numbers. Got 7.");
        await Refused("""{"features":[1,NaN,3,4]}""", "body", "must be one JSON value");
        await Refused("""{"features":[1,"NaN",3,4]}""", "features[1]", "must be a finite number that fits a Single. Got \"NaN\".");
        await Refused("""{"features":[1,2,1e40,4]}""", "features[2]", "Got 1e40.");
        await Refused("""{"features":[1,2,-1e400,4]}""", "features[2]", "Got -1e400.");
        await Refused("""{"features":[1,2,null,4]}""", "features[2]", "Got null.");
        await Refused("""{"features":[1,2,3,4],"label":"x"}""", "label", "is not a field of this request", "Leave it out.");
        await Refused("""{"features":[1,2,3,4],"features":[1,2,3,4]}""", "body", "every field once");
        await Refused("""{"features":[1,2,3,""" + new string('9', 500) + "]}", "features[3]", new string('9', 100) + "….");
        await Refused("[[[[[[[[[[[[1]]]]]]]]]]]]", "body", "must be one JSON value");
        Assert.AreEqual("virginica", (await service.PredictAsync(service.Client, [3e38f, 3e38f, 3e38f, 3e38f])).Label, "encoded, the largest flower");
        Assert.AreEqual("setosa", (await service.PredictAsync(service.Client, [5, 3.5f, 1.4f, 0.2f])).Label);

        Task Refused(string body, string field, params string[] parts) => service.RefusedAsync("predict", body, HttpStatusCode.BadRequest, field, parts);
    }

    [TestMethod]
    public async Task Batches()
    {
        await using var service = await Service.StartAsync("--Serving:MaximumRows=3");
        await Refused("""{"rows":[]}""", "rows", "must hold at least one row.");
        await Refused("""{"features":[1,2,3,4]}""", "features", "is not a field of this request; there is 'rows' alone.");
        await Refused("""{"rows":{}}""", "rows", "must be a list of rows");
        await Refused("""{"rows":[[1,2,3,4],5]}""", "rows[1]", "must be a list of 4 numbers. Got 5.");
        await Refused("""{"rows":[[1,2,3,4],[1,2]]}""", "rows[1]", "Got 2 values.");
        await Refused("""{"rows":[[1,2,3,4],[1,2,3,1e39]]}""", "rows[1][3]", "Got 1e39.");
        await Refused("""{"rows":[[1,2,3,4],[1,2,3,4],[1,2,3,4],[1,2,3,4]]}""", "rows", "must hold at most 3 rows. Got 4 rows.");

        Task Refused(string body, string field, params string[] parts) => service.RefusedAsync("predict/batch", body, HttpStatusCode.BadRequest, field, parts);
    }

    [TestMethod]
    public async Task Rows_whose_scores_are_not_numbers()
    {
        await using var service = await Service.StartAsync($"--Serving:ModelPath={Service.PlainModelPath}");
        await service.RefusedAsync("predict", """{"features":[3e38,3e38,3e38,3e38]}""", HttpStatusCode.UnprocessableContent, "features", "Check the units.");
        await service.RefusedAsync("predict/batch", """{"rows":[[1,2,3,4],[3e38,3e38,3e38,3e38]]}""", HttpStatusCode.UnprocessableContent, "rows[1]");
    }

    [TestMethod]
    public async Task Other_types_paths_and_methods()
    {
        await using var service = await Service.StartAsync();
        using var text = await service.PostAsync("predict", "{}", "text/plain");
        await Service.IsProblemAsync(text, HttpStatusCode.UnsupportedMediaType, "Content-Type", "Got text/plain");
        using var get = await service.Client.GetAsync("predict");
        Assert.AreEqual(HttpStatusCode.MethodNotAllowed, get.StatusCode);
        Assert.AreEqual("application/problem+json", get.Content.Headers.ContentType?.MediaType);
        using var nothing = await service.Client.GetAsync("nothing");
        Assert.AreEqual(HttpStatusCode.NotFound, nothing.StatusCode);
        Assert.AreEqual("application/problem+json", nothing.Content.Headers.ContentType?.MediaType);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public async Task A_body_beyond_the_limit(bool chunked)
    {
        await using var service = await Service.StartAsync("--Serving:MaximumBodyBytes=2000");
        using var request = new HttpRequestMessage(HttpMethod.Post, "predict/batch") { Content = new StringContent($$"""{"rows":[[{{new string(' ', 5000)}}1,2,3,4]]}""", Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = chunked;
        using var answer = await service.Client.SendAsync(request);
        await Service.IsProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge, "body", "must have at most 2000 bytes.");
    }

    [TestMethod]
    public async Task A_body_that_does_not_come_in_time()
    {
        await using var service = await Service.StartAsync("--Serving:TimeoutSeconds=0.5");
        using var slow = new SlowRequest(service.Client.BaseAddress!);
        await slow.StartAsync();
        var answer = await slow.ReadAsync();
        StringAssert.StartsWith(answer, "HTTP/1.1 504 ", StringComparison.Ordinal);
        StringAssert.Contains(answer, "must be sent and answered within 0.5 seconds", StringComparison.Ordinal);
        Assert.AreEqual("setosa", (await service.PredictAsync(service.Client, [5, 3.5f, 1.4f, 0.2f])).Label);
    }

    [TestMethod]
    public async Task A_client_that_goes_away()
    {
        await using var service = await Service.StartAsync("--Serving:MaximumConcurrency=1", "--Serving:MaximumQueue=0");
        using (var slow = new SlowRequest(service.Client.BaseAddress!))
            await slow.StartAsync();
        // Its place is free again.
        for (var attempt = 0; ; attempt++)
        {
            using var answer = await service.PostAsync("predict", """{"features":[5,3.5,1.4,0.2]}""");
            if (answer.StatusCode == HttpStatusCode.OK)
                break;
            Assert.IsLessThan(100, attempt, $"Still {answer.StatusCode}.");
            await Task.Delay(50);
        }
    }

    [TestMethod]
    public async Task More_requests_than_there_is_room_for()
    {
        await using var service = await Service.StartAsync("--Serving:MaximumConcurrency=1", "--Serving:MaximumQueue=0");
        using var slow = new SlowRequest(service.Client.BaseAddress!);
        await slow.StartAsync();
        using var answer = await service.PostAsync("predict", """{"features":[5,3.5,1.4,0.2]}""");
        await Service.IsProblemAsync(answer, HttpStatusCode.ServiceUnavailable, "request", "must be among 1 at work and 0 that wait");
        Assert.AreEqual(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter?.Delta);
        using var health = await service.Client.GetAsync("health/ready");
        Assert.AreEqual(HttpStatusCode.OK, health.StatusCode);
        await slow.EndAsync();
        StringAssert.StartsWith(await slow.ReadAsync(), "HTTP/1.1 200 ", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task A_connection_that_sends_no_HTTP()
    {
        await using var service = await Service.StartAsync();
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, service.Client.BaseAddress!.Port);
        await socket.GetStream().WriteAsync("\0\u0001 nonsense\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(socket.GetStream());
        StringAssert.StartsWith(await reader.ReadToEndAsync(), "HTTP/1.1 400 ", StringComparison.Ordinal);
        Assert.AreEqual("setosa", (await service.PredictAsync(service.Client, [5, 3.5f, 1.4f, 0.2f])).Label);
    }
}
