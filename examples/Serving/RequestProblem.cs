using Microsoft.AspNetCore.Mvc;

namespace Serving;

/// <summary>A request that breaks a rule; the answer is a ProblemDetails (RFC 9457) that names the field, the rule, the value and the remedy.</summary>
internal sealed class RequestProblem(int status, string name, string rule, string? value, string remedy) : Exception
{
    /// <summary>A value is echoed up to this many characters.</summary>
    private const int MaximumEcho = 100;

    private readonly string? _value = value is { Length: > MaximumEcho } ? value[..MaximumEcho] + "…" : value;

    public override string Message => $"{name} {rule}.{(_value is null ? "" : $" Got {_value}.")} {remedy}";

    /// <summary>The answer.</summary>
    public IResult ToResult() => Results.Problem(ToDetails());

    /// <summary>Writes the answer where no endpoint can return it.</summary>
    public ValueTask WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = status;
        return context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new() { HttpContext = context, ProblemDetails = ToDetails() });
    }

    /// <summary>Turns problems of an endpoint, and of the server's reading, into answers.</summary>
    public static async ValueTask<object?> Filter(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (RequestProblem problem)
        {
            return problem.ToResult();
        }
        catch (BadHttpRequestException e)
        {
            return new RequestProblem(e.StatusCode, "body", "must be sent whole and within the limits", e.Message, "See GET /model for the limits.").ToResult();
        }
    }

    private ProblemDetails ToDetails() => new()
    {
        Status = status,
        Detail = Message,
        Extensions = { ["field"] = name, ["rule"] = rule, ["value"] = _value, ["remedy"] = remedy },
    };
}
