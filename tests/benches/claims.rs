//! How long a step takes in which a worker settles its claim, stores the results and takes the next
//! claim, against a real Redis: `cargo bench --bench claims`. Tasks a second stand below it.

use std::time::{Duration, Instant};

use clap::Parser as _;
use criterion::{Criterion, Throughput};
use queue_worker::Queue;
use queue_worker::brokers::redis::connection::{ConnectionArgs, Redis};
use queue_worker::{
    brokers::redis::{Caller, Keys, Pusher},
    queue::{Delivery, Rest, ResultStore, Settle, Step, Terms},
};
use system_tests::RedisServer;

/// Tasks that are in the queue at once, at most.
const FILL: usize = 100_000;
const PAYLOAD: &[u8] = br#"{"transaction_id":"TX0000000001","amount":"12.34","currency":"EUR"}"#;

#[derive(clap::Parser)]
struct Flags {
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// One worker and its queue.
struct Drain {
    queue: Queue,
    lane: Caller,
    pusher: Pusher,
    terms: Terms,
}

impl Drain {
    fn new(url: &str) -> Drain {
        let flags = Flags::parse_from(["claims", "--redis-url", url]);
        let redis = Redis::new(&flags.connection).expect("the URL is one");
        let terms = Terms {
            worker: "bench".to_owned(),
            lease: Duration::from_secs(30),
            limit: 0,
            rate: None,
            max_crashes: 5,
            max_bytes: 1 << 20,
            results: ResultStore::List,
            // Otherwise Redis would grow as long as this runs.
            results_limit: FILL,
            results_ttl: Duration::ZERO,
            delivery: Delivery::AtLeastOnce,
            forget_after: Duration::ZERO,
        };
        let queue = Queue::new(redis, Keys::new("q").expect("the name is one"));
        Drain { queue, lane: Caller::new("bench", 0), pusher: Pusher::new("bench"), terms }
    }

    /// Settles what was in hand, and takes so many.
    async fn step(&mut self, settle: Option<&Settle>, want: usize) -> Option<Settle> {
        let step = self
            .queue
            .advance(&mut self.lane, &self.terms, None, settle, want)
            .await
            .expect("Redis answers");
        let Step::Taken(advanced) = step else { panic!("{step:?}") };
        assert!(settle.is_none() || advanced.settled);
        let claim = advanced.claim?;
        Some(Settle {
            held: claim.tasks.len(),
            over: claim.tasks.len(),
            failures: Vec::new(),
            results: claim.tasks.into_iter().map(|task| task.payload).collect(),
            claim: claim.id,
            rest: Rest::Keep,
        })
    }

    /// The time of so many steps with `batch` tasks each; filling the queue is not in it.
    async fn steps(&mut self, steps: u64, batch: usize) -> Duration {
        let mut took = Duration::ZERO;
        let mut left = usize::try_from(steps).expect("an address has 64 bits");
        while left > 0 {
            let now = left.min(FILL / batch);
            // One more, as the first claim has nothing to settle.
            let tasks = vec![PAYLOAD; (now + 1) * batch];
            for chunk in tasks.chunks(1000) {
                self.queue.push(&mut self.pusher, chunk).await.expect("Redis answers");
            }
            let mut settle = self.step(None, batch).await;
            let began = Instant::now();
            for _ in 0..now {
                settle = self.step(settle.as_ref(), batch).await;
            }
            took += began.elapsed();
            assert_eq!(settle.as_ref().map(|settle| settle.held), Some(batch));
            assert!(self.step(settle.as_ref(), batch).await.is_none(), "the queue is empty");
            left -= now;
        }
        took
    }
}

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let server = RedisServer::start(folder.path())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut drain = runtime.block_on(async { Drain::new(&server.url()) });

    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("claim and acknowledge");
    for batch in [1, 10, 100, 1000] {
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(format!("tasks at once: {batch}"), |bench| {
            bench.iter_custom(|steps| runtime.block_on(drain.steps(steps, batch)));
        });
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
