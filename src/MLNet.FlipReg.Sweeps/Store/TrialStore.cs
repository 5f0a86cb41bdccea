using System.Data.Common;
using Dapper;
using static System.FormattableString;

namespace FlipReg.Sweeps.Store;

/// <summary>
/// Studies and trials in a database. A trial belongs to one attempt at a time; all that a worker writes is conditional on its attempt, so that one whose lease
/// ran out, and whose trial another took, changes nothing. Every change of a study takes its row first and counts its revision up.
/// </summary>
internal sealed class TrialStore(StoreDialect dialect)
{
    /// <summary>Opens a study, or creates it; its limits become those given.</summary>
    /// <exception cref="SweepException">There is a study of that name with another space, metric or direction.</exception>
    public StudyRow OpenStudy(StudySpec spec, StudyLimits limits)
    {
        var document = StudyDocument.Write(spec);
        var hash = SpaceDocument.Hash(document);
        return Write((connection, transaction) =>
        {
            connection.Execute($"""
                INSERT INTO study (id, name, spec, spec_hash, higher_is_better, reports_higher_is_better, max_trials, max_failures, max_losses, failures, state, revision, created_at)
                VALUES (@id, @Name, @document, @hash, @higher, @reportsHigher, @Trials, @Failures, @Losses, 0, 'open', 1, {dialect.Now})
                ON CONFLICT (name) DO NOTHING
                """, new { id = Guid.NewGuid().ToString("N"), spec.Name, document, hash, higher = spec.HigherIsBetter ? 1 : 0, reportsHigher = spec.ReportsHigherIsBetter ? 1 : 0, limits.Trials, limits.Failures, limits.Losses }, transaction);
            var study = connection.QuerySingle<StudyRow>(StudyColumns + " WHERE name = @Name" + dialect.ForUpdate, new { spec.Name }, transaction);
            if (study.SpecHash != hash)
                throw new SweepException(Invariant($"Study '{spec.Name}' in the {dialect.Description} must have the space and metric that it was started with. {StudyDocument.Difference(study.Spec, document)}. Use another name, or delete the study."));
            // A start after a stop is a wish to go on.
            connection.Execute("""
                UPDATE study SET max_trials = @Trials, max_failures = @Failures, max_losses = @Losses, revision = revision + 1, failures = CASE WHEN state = 'open' THEN failures ELSE 0 END, state = 'open', stop_reason = NULL
                WHERE id = @Id
                """, new { limits.Trials, limits.Failures, limits.Losses, study.Id }, transaction);
            return study;
        });
    }

    /// <summary>Makes a worker known.</summary>
    public void AddWorker(string studyId, WorkerInfo worker) => Write((connection, transaction) => connection.Execute($"""
        INSERT INTO worker (id, study_id, host, process_id, slot, gpus, memory, tags, started_at, seen_at)
        VALUES (@Id, @studyId, @host, @process, @Slot, @Gpus, @Memory, @tags, {dialect.Now}, {dialect.Now})
        """, new { worker.Id, studyId, host = Environment.MachineName, process = Environment.ProcessId, worker.Slot, worker.Gpus, worker.Memory, tags = TagText(worker) }, transaction));

    /// <summary>A study by its name, or null.</summary>
    public StudyRow? Find(string name) => Read(connection => connection.QuerySingleOrDefault<StudyRow>(StudyColumns + " WHERE name = @name", new { name }));

    /// <summary>All studies, by name.</summary>
    public IReadOnlyList<StudyRow> Studies() => Read(connection => connection.Query<StudyRow>(StudyColumns + " ORDER BY name").AsList());

    /// <summary>Deletes a study with all that belongs to it; whether there was one.</summary>
    public bool Delete(string name) => Write((connection, transaction) => connection.Execute("DELETE FROM study WHERE name = @name", new { name }, transaction) == 1);

    /// <summary>What changed in a study since a revision. Something may come twice, nothing is left out.</summary>
    public (long Revision, IReadOnlyList<TrialRow> Trials, IReadOnlyList<ReportRow> Reports) Changes(string studyId, long since) => Read(connection =>
    {
        // The revision first: what is committed under it is seen by the queries after it.
        if (connection.QuerySingleOrDefault<long?>("SELECT revision FROM study WHERE id = @studyId", new { studyId }) is not { } revision)
            throw Deleted();
        if (revision == since)
            return (revision, (IReadOnlyList<TrialRow>)[], (IReadOnlyList<ReportRow>)[]);
        var trials = connection.Query<TrialRow>(TrialColumns + " WHERE study_id = @studyId AND revision > @since ORDER BY number", new { studyId, since }).AsList();
        var reports = connection.Query<ReportRow>(ReportColumns + " WHERE study_id = @studyId AND revision > @since ORDER BY trial_number, attempt, step", new { studyId, since }).AsList();
        return (revision, trials, reports);
    });

    /// <summary>One trial with its reports, or null.</summary>
    public (TrialRow Trial, IReadOnlyList<ReportRow> Reports)? Trial(string studyId, int number) => Read<(TrialRow, IReadOnlyList<ReportRow>)?>(connection =>
        connection.QuerySingleOrDefault<TrialRow>(TrialColumns + " WHERE study_id = @studyId AND number = @number", new { studyId, number }) is { } trial
            ? (trial, connection.Query<ReportRow>(ReportColumns + " WHERE study_id = @studyId AND trial_number = @number ORDER BY attempt, step", new { studyId, number }).AsList())
            : null);

    /// <summary>Gives a worker a trial: one whose lease ran out or that waits, or else the offered one, if there is room for it.</summary>
    /// <param name="studyId">The study.</param>
    /// <param name="worker">Who asks.</param>
    /// <param name="offer">A trial of its own making; null: it has none left.</param>
    /// <param name="lease">Seconds until a trial may be taken from a worker that gives no sign of life.</param>
    public AskResult Ask(string studyId, WorkerInfo worker, TrialOffer? offer, double lease) => Write((connection, transaction) =>
    {
        var study = connection.QuerySingleOrDefault<StudyRow>(StudyColumns + " WHERE id = @studyId" + dialect.ForUpdate, new { studyId }, transaction) ?? throw Deleted();
        if (study.State != "open")
            return new AskResult(AskOutcome.Stopped, Reason: study.StopReason);
        var revision = study.Revision + 1;
        while (FreeTrial(connection, transaction, studyId, worker) is { } free)
        {
            var lost = free.State == Running;
            if (lost && free.Losses + 1 >= study.MaxLosses)
            {
                var error = Invariant($"Its worker died or lost the database {free.Losses + 1} times.");
                if (Finish(connection, transaction, new(studyId, free.Number, free.Attempt), new(TrialState.Failed, Error: error), revision, study) is { } reason)
                    return new AskResult(AskOutcome.Stopped, Reason: reason);
                continue;
            }

            // A heartbeat may have come since.
            if (connection.Execute($"""
                UPDATE trial SET state = 'Running', attempt = attempt + 1, losses = losses + @lost, worker_id = @Id, lease_until = {dialect.Now} + @lease, revision = @revision
                WHERE study_id = @studyId AND number = @Number AND attempt = @Attempt AND (state = 'Waiting' OR lease_until < {dialect.Now})
                """, new { lost = lost ? 1 : 0, worker.Id, lease, revision, studyId, free.Number, free.Attempt }, transaction) == 0)
                continue;
            if (lost)
                EndAttempt(connection, transaction, new(studyId, free.Number, free.Attempt), "Lost", null);
            (free.Attempt, free.State) = (free.Attempt + 1, Running);
            StartAttempt(connection, transaction, new(studyId, free.Number, free.Attempt), worker);
            SetRevision(connection, transaction, studyId, revision);
            return new AskResult(AskOutcome.Claimed, free);
        }

        var last = connection.ExecuteScalar<long>("SELECT coalesce(max(number), 0) FROM trial WHERE study_id = @studyId", new { studyId }, transaction);
        if (offer is null || last >= study.MaxTrials)
        {
            var (running, waiting) = connection.QuerySingle<(long, long)>("""
                SELECT coalesce(sum(CASE WHEN state = 'Running' THEN 1 ELSE 0 END), 0), coalesce(sum(CASE WHEN state = 'Waiting' THEN 1 ELSE 0 END), 0) FROM trial WHERE study_id = @studyId
                """, new { studyId }, transaction);
            // What waits while nobody runs anything needs a worker that has more than this one.
            return new AskResult(running + waiting > 0 ? AskOutcome.Wait : AskOutcome.Done,
                Reason: running == 0 && waiting > 0 ? Invariant($"{waiting} trials wait for a worker that has what they need.") : null);
        }

        if ((offer.Number != last + 1 && !offer.AnyNumber)
            || (offer.GridIndex is { } index && connection.ExecuteScalar<long>("SELECT count(*) FROM trial WHERE study_id = @studyId AND grid_index = @index", new { studyId, index }, transaction) > 0))
            return new AskResult(AskOutcome.Conflict);
        var fits = offer.Needs.AreMetBy(worker);
        var row = new TrialRow { Number = (int)last + 1, State = fits ? Running : nameof(TrialState.Waiting), Parameters = offer.Point, GridIndex = offer.GridIndex, Attempt = fits ? 1 : 0 };
        connection.Execute($"""
            INSERT INTO trial (study_id, number, state, parameters, grid_index, requires_gpus, requires_memory, requires_tag, attempt, losses, worker_id, lease_until, revision, created_at)
            VALUES (@studyId, @Number, @State, @Parameters, @GridIndex, @Gpus, @Memory, @Tag, @Attempt, 0, @worker, CASE WHEN @Attempt = 1 THEN {dialect.Now} + @lease END, @revision, {dialect.Now})
            """, new { studyId, row.Number, row.State, row.Parameters, row.GridIndex, offer.Needs.Gpus, offer.Needs.Memory, offer.Needs.Tag, row.Attempt, worker = fits ? worker.Id : null, lease, revision }, transaction);
        if (fits)
            StartAttempt(connection, transaction, new(studyId, row.Number, 1), worker);
        SetRevision(connection, transaction, studyId, revision);
        return new AskResult(fits ? AskOutcome.Claimed : AskOutcome.Stored, row);
    });

    /// <summary>Extends a lease; false: the trial is another's, or gone.</summary>
    public bool Heartbeat(TrialKey key, string workerId, double lease) => Write((connection, transaction) =>
    {
        connection.Execute($"UPDATE worker SET seen_at = {dialect.Now} WHERE id = @workerId", new { workerId }, transaction);
        return connection.Execute($"UPDATE trial SET lease_until = {dialect.Now} + @lease WHERE {Mine}", new { lease, key.StudyId, key.Number, key.Attempt }, transaction) == 1;
    });

    /// <summary>Stores reports; false: the trial is another's, or gone.</summary>
    public bool Report(TrialKey key, IReadOnlyList<(int Step, double Value)> reports) => Write((connection, transaction) =>
    {
        if (NextRevision(connection, transaction, key.StudyId) is not { } revision
            || connection.ExecuteScalar<long>($"SELECT count(*) FROM trial WHERE {Mine}", new { key.StudyId, key.Number, key.Attempt }, transaction) == 0)
            return false;
        AddReports(connection, transaction, key, reports, revision);
        return true;
    });

    /// <summary>Ends a trial, with the reports that were not stored yet; false: the trial is another's, or gone.</summary>
    public bool Tell(TrialKey key, TrialEnd end, IReadOnlyList<(int Step, double Value)> reports) => Write((connection, transaction) =>
    {
        var study = connection.QuerySingleOrDefault<StudyRow>(StudyColumns + " WHERE id = @StudyId" + dialect.ForUpdate, new { key.StudyId }, transaction);
        if (study is null || connection.ExecuteScalar<long>($"SELECT count(*) FROM trial WHERE {Mine}", new { key.StudyId, key.Number, key.Attempt }, transaction) == 0)
            return false;
        AddReports(connection, transaction, key, reports, study.Revision + 1);
        Finish(connection, transaction, key, end, study.Revision + 1, study);
        return true;
    });

    /// <summary>Gives a trial back, for whoever asks next; not counted as a loss.</summary>
    public bool Release(TrialKey key, IReadOnlyList<(int Step, double Value)> reports) => Write((connection, transaction) =>
    {
        if (NextRevision(connection, transaction, key.StudyId) is not { } revision
            || connection.Execute($"UPDATE trial SET state = 'Waiting', worker_id = NULL, lease_until = NULL, revision = @revision WHERE {Mine}", new { revision, key.StudyId, key.Number, key.Attempt }, transaction) == 0)
            return false;
        AddReports(connection, transaction, key, reports, revision);
        EndAttempt(connection, transaction, key, "Released", null);
        return true;
    });

    /// <summary>Notes the folder of an attempt's files, relative to the study's.</summary>
    public bool SetFolder(TrialKey key, string folder) => Write((connection, transaction) =>
        connection.Execute("UPDATE attempt SET folder = @folder WHERE study_id = @StudyId AND trial_number = @Number AND number = @Attempt", new { folder, key.StudyId, key.Number, key.Attempt }, transaction) == 1);

    private const string Running = nameof(TrialState.Running);

    private const string Mine = "study_id = @StudyId AND number = @Number AND attempt = @Attempt AND state = 'Running'";

    private const string StudyColumns = """
        SELECT id AS Id, name AS Name, spec AS Spec, spec_hash AS SpecHash, max_trials AS MaxTrials, max_failures AS MaxFailures, max_losses AS MaxLosses, failures AS Failures,
            higher_is_better AS HigherIsBetter, reports_higher_is_better AS ReportsHigherIsBetter, state AS State, stop_reason AS StopReason, revision AS Revision, created_at AS CreatedAt
        FROM study
        """;

    private const string TrialColumns = """
        SELECT number AS Number, state AS State, parameters AS Parameters, grid_index AS GridIndex, attempt AS Attempt, losses AS Losses, worker_id AS WorkerId, value AS Value, error AS Error,
            created_at AS CreatedAt, finished_at AS FinishedAt
        FROM trial
        """;

    private const string ReportColumns = "SELECT trial_number AS TrialNumber, attempt AS Attempt, step AS Step, value AS Value FROM report";

    private TrialRow? FreeTrial(DbConnection connection, DbTransaction transaction, string studyId, WorkerInfo worker) => connection.QueryFirstOrDefault<TrialRow>(TrialColumns + $"""
         WHERE study_id = @studyId AND (state = 'Waiting' OR (state = 'Running' AND lease_until < {dialect.Now}))
            AND requires_gpus <= @Gpus AND requires_memory <= @Memory AND (requires_tag IS NULL OR @tags LIKE '%,' || requires_tag || ',%')
        ORDER BY number LIMIT 1
        """, new { studyId, worker.Gpus, worker.Memory, tags = TagText(worker) }, transaction);

    private static string TagText(WorkerInfo worker) => Invariant($",{string.Join(",", worker.Tags)},");

    private void StartAttempt(DbConnection connection, DbTransaction transaction, TrialKey key, WorkerInfo worker) => connection.Execute($"""
        INSERT INTO attempt (study_id, trial_number, number, worker_id, state, started_at) VALUES (@StudyId, @Number, @Attempt, @Id, 'Running', {dialect.Now})
        """, new { key.StudyId, key.Number, key.Attempt, worker.Id }, transaction);

    private void EndAttempt(DbConnection connection, DbTransaction transaction, TrialKey key, string state, string? error) => connection.Execute($"""
        UPDATE attempt SET state = @state, error = @error, ended_at = {dialect.Now} WHERE study_id = @StudyId AND trial_number = @Number AND number = @Attempt
        """, new { state, error, key.StudyId, key.Number, key.Attempt }, transaction);

    /// <summary>Ends a running trial and counts failures in a row; the reason where that stops the study.</summary>
    private string? Finish(DbConnection connection, DbTransaction transaction, TrialKey key, TrialEnd end, long revision, StudyRow study)
    {
        var state = end.State.ToString();
        connection.Execute($"""
            UPDATE trial SET state = @state, value = @Value, error = @Error, lease_until = NULL, finished_at = {dialect.Now}, revision = @revision WHERE {Mine}
            """, new { state, end.Value, end.Error, revision, key.StudyId, key.Number, key.Attempt }, transaction);
        EndAttempt(connection, transaction, key, state, end.Error);
        study.Failures = end.State == TrialState.Failed ? study.Failures + 1 : 0;
        var reason = study.Failures >= study.MaxFailures ? Invariant($"{study.Failures} trials in a row failed; the last one, {key.Number}: {end.Error}") : null;
        connection.Execute("UPDATE study SET revision = @revision, failures = @Failures, state = @state, stop_reason = @reason WHERE id = @StudyId",
            new { revision, study.Failures, state = reason is null ? study.State : "stopped", reason = reason ?? study.StopReason, key.StudyId }, transaction);
        return reason;
    }

    private static void AddReports(DbConnection connection, DbTransaction transaction, TrialKey key, IReadOnlyList<(int Step, double Value)> reports, long revision)
    {
        if (reports.Count == 0)
            return;
        connection.Execute("""
            INSERT INTO report (study_id, trial_number, attempt, step, value, revision) VALUES (@StudyId, @Number, @Attempt, @Step, @Value, @revision)
            ON CONFLICT (study_id, trial_number, attempt, step) DO UPDATE SET value = excluded.value, revision = excluded.revision
            """, reports.Select(report => new { key.StudyId, key.Number, key.Attempt, report.Step, Value = double.IsNaN(report.Value) ? (double?)null : report.Value, revision }), transaction);
    }

    private static void SetRevision(DbConnection connection, DbTransaction transaction, string studyId, long revision) =>
        connection.Execute("UPDATE study SET revision = @revision WHERE id = @studyId", new { revision, studyId }, transaction);

    private static long? NextRevision(DbConnection connection, DbTransaction transaction, string studyId) =>
        connection.QuerySingleOrDefault<long?>("UPDATE study SET revision = revision + 1 WHERE id = @studyId RETURNING revision", new { studyId }, transaction);

    private SweepException Deleted() => new(Invariant($"The study must be in the {dialect.Description}. It was deleted while this worker ran. Start it anew."));

    private T Read<T>(Func<DbConnection, T> read) => Guard(() =>
    {
        using var connection = dialect.Open();
        return read(connection);
    });

    private T Write<T>(Func<DbConnection, DbTransaction, T> write) => Guard(() =>
    {
        using var connection = dialect.Open();
        using var transaction = dialect.BeginWrite(connection);
        var result = write(connection, transaction);
        transaction.Commit();
        return result;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not SweepException and (DbException or IOException or TimeoutException or InvalidOperationException or System.Net.Sockets.SocketException))
        {
            throw new StoreException(dialect.Explain(e), dialect.IsTemporary(e), e);
        }
    }
}

/// <summary>The database failed.</summary>
internal sealed class StoreException(string message, bool isTemporary, Exception inner) : SweepException(message, inner)
{
    /// <summary>Whether the same may succeed later.</summary>
    public bool IsTemporary => isTemporary;
}
