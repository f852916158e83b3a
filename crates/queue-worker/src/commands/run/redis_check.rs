//! Whether this Redis can keep a queue: looked at before the first task is taken.

use tracing::warn;

use crate::{
    Queue, QueueError,
    brokers::redis::connection::ConnectionError,
    cli::RunArgs,
    commands::{
        error::CommandError,
        eviction::{self, Eviction},
    },
    queue::ResultStore,
};

/// What Redis answers to TYPE of a key that is there:
/// <https://redis.io/docs/latest/commands/type/>. A server that answers something else, as proxies
/// do that know few commands, is asked for the work itself, and says what it cannot do.
const KEY_TYPES: [&str; 7] = ["string", "list", "set", "zset", "hash", "stream", "vectorset"];

/// Whether this Redis can keep these queues.
pub(super) async fn look_at_redis(queues: &[Queue], args: &RunArgs) -> anyhow::Result<()> {
    queues[0].redis().check_commands().await?;
    for queue in queues {
        check_results(queue, args.results.results).await?;
    }
    refuse_eviction(&queues[0], args).await
}

/// Whether results can be stored where earlier ones are: else the first task would be handled, and
/// then stay in hand with a result that Redis refuses.
async fn check_results(queue: &Queue, store: ResultStore) -> anyhow::Result<()> {
    let wanted = match store {
        ResultStore::List => "list",
        ResultStore::Stream => "stream",
        ResultStore::None => return Ok(()),
    };
    let found = match queue.results_type().await {
        Ok(found) => found,
        // Asking is no more than a courtesy: storing needs no permission for TYPE.
        Err(QueueError::Connection(
            ConnectionError::NoPermission { .. } | ConnectionError::NoCommand { .. },
        )) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if found == wanted || !KEY_TYPES.contains(&found.as_str()) {
        return Ok(());
    }
    let key = queue.keys().results();
    let remedy = if matches!(found.as_str(), "list" | "stream") {
        format!(
            "say --results {found}, or take the earlier results away first (read them, and then \
             redis-cli DEL '{key}')"
        )
    } else {
        "the key is another program's: choose another --queue, or move its data".to_owned()
    };
    Err(CommandError::ResultsType { key, found, wanted, remedy }.into())
}

/// A Redis that evicts any key loses tasks without a word. Policies named `volatile-` drop only
/// keys with a TTL, of which the queue has none that it could not miss, unless it was asked to
/// forget.
async fn refuse_eviction(queue: &Queue, args: &RunArgs) -> anyhow::Result<()> {
    let policy = match eviction::policy(queue).await? {
        Eviction::Unknown { why, said } => {
            warn!(said, "{why}: whether redis evicts tasks is not known");
            return Ok(());
        }
        Eviction::Never => return Ok(()),
        Eviction::Policy(policy) => policy,
    };
    let forgets = !args.results.results_ttl.is_zero() || !args.results.forget_after.is_zero();
    match policy.starts_with("allkeys-") {
        true if args.allow_eviction => {
            warn!(policy, "redis may drop tasks when its memory is short");
            Ok(())
        }
        true => Err(CommandError::Eviction { policy }.into()),
        false if forgets => {
            warn!(
                policy,
                "redis may drop what --results-ttl and --forget-after give a time to live before \
                 that time, when its memory is short: results, dead letters, and then the whole \
                 queue; set maxmemory-policy to noeviction"
            );
            Ok(())
        }
        false => Ok(()),
    }
}
