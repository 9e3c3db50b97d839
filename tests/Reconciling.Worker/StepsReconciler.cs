using Npgsql;

namespace Beffroi.Reconciling.ChaosWorker;

/// <summary>
/// Takes an item through its steps, one fenced write each, and is the worst reconciler there can be: it decides outside the fence, from
/// what it read long before, and goes on however much it is told to stop. Only the fence keeps it from harm.
/// </summary>
internal sealed class StepsReconciler(NpgsqlDataSource store) : IReconciler
{
    internal const int Steps = 6;

    public string Kind => "steps";

    public async Task<Requeue> ReconcileAsync(ILease lease, CancellationToken cancellationToken)
    {
        var done = await DoneAsync(lease.Key.Id);
        while (done < Steps)
        {
            var step = done + 1;
            await Task.Delay(Random.Shared.Next(20, 250), CancellationToken.None);
            try
            {
                await lease.WriteAsync((connection, _) => EffectAsync(connection, lease, step), CancellationToken.None);
            }
            catch (LeaseLostException)
            {
                await NoteRefusalAsync(lease, step);
                throw;
            }

            done = step;
            switch (Random.Shared.Next(24))
            {
                case < 3:
                    return Requeue.After(TimeSpan.FromMilliseconds(Random.Shared.Next(50)));
                case 3:
                    throw new InvalidOperationException("A step fails now and then.");
            }
        }

        // Half of the items are removed at their end, and come to life again when a late signal arrives.
        return lease.Key.Id.ToByteArray()[0] % 2 == 0 ? Requeue.Finished : Requeue.Settled;
    }

    /// <summary>Two statements with a pause between them, so that a worker dies or sleeps in the middle of a transaction too.</summary>
    private static async Task EffectAsync(NpgsqlConnection connection, ILease lease, int step)
    {
        await using var effect = new NpgsqlCommand("insert into effects (item, step, epoch) values ($1, $2, $3)", connection)
        {
            Parameters = { new() { Value = lease.Key.Id }, new() { Value = step }, new() { Value = lease.Epoch } },
        };
        await effect.ExecuteNonQueryAsync(CancellationToken.None);
        await Task.Delay(Random.Shared.Next(10), CancellationToken.None);
        await using var advance = new NpgsqlCommand("update items set done = $2 where id = $1", connection)
        {
            Parameters = { new() { Value = lease.Key.Id }, new() { Value = step } },
        };
        await advance.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task<int> DoneAsync(Guid item)
    {
        await using var command = store.CreateCommand("select done from items where id = $1");
        command.Parameters.Add(new() { Value = item });
        return (int)(await command.ExecuteScalarAsync(CancellationToken.None))!;
    }

    private async Task NoteRefusalAsync(ILease lease, int step)
    {
        await using var command = store.CreateCommand("insert into refusals (item, step, epoch) values ($1, $2, $3)");
        command.Parameters.Add(new() { Value = lease.Key.Id });
        command.Parameters.Add(new() { Value = step });
        command.Parameters.Add(new() { Value = lease.Epoch });
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
