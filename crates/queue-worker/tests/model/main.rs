//! Random operation sequences on a real Redis and on the model: equal after every operation.

mod fixed_pods;
mod run;
#[path = "../support/mod.rs"]
mod support;

use proptest::prelude::*;
use queue_worker::brokers::redis::Wish;
use run::Run;
use support::{block_on, model::Ending, server::Server, snapshot};

const LANES: usize = 3;

#[derive(Clone, Debug)]
enum Operation {
    Push { payloads: Vec<Vec<u8>>, twice: bool },
    PushLater { payloads: Vec<Vec<u8>>, twice: bool },
    AddLater { number: u8 },
    Step(LaneStep),
    Expire { which: usize },
    MakeDue { which: usize },
    Renew { lane: usize },
    RetryDead { which: usize },
    DropDead { which: usize },
    Pause(Wish),
    Purge,
}

#[derive(Clone, Debug)]
struct LaneStep {
    lane: usize,
    endings: Vec<Ending>,
    keep: Option<usize>,
    want: usize,
    limit: usize,
    max_bytes: usize,
    times: usize,
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => (0u8..4).prop_map(|n| format!("task {n}").into_bytes()),
        1 => Just(Vec::new()),
        1 => Just(b"\x00\xff\n \r\n".to_vec()),
        1 => (1usize..30).prop_map(|n| vec![b'x'; n]),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![4 => Just(Ending::Done), 2 => Just(Ending::Failed), 1 => Just(Ending::Dead)]
}

fn lane_step() -> impl Strategy<Value = LaneStep> {
    (
        0..LANES,
        prop::collection::vec(ending(), 0..8),
        prop::option::of(0usize..3),
        0usize..12,
        prop_oneof![3 => Just(0usize), 1 => 1usize..8],
        prop_oneof![3 => Just(1usize << 20), 1 => 1usize..200],
        prop_oneof![4 => Just(1usize), 1 => Just(2usize)],
    )
        .prop_map(|(lane, endings, keep, want, limit, max_bytes, times)| LaneStep {
            lane,
            endings,
            keep,
            want,
            limit,
            max_bytes,
            times,
        })
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        30 => (prop::collection::vec(payload(), 1..10), any::<bool>())
            .prop_map(|(payloads, twice)| Operation::Push { payloads, twice }),
        8 => (prop::collection::vec(payload(), 1..4), any::<bool>())
            .prop_map(|(payloads, twice)| Operation::PushLater { payloads, twice }),
        8 => (0u8..4).prop_map(|number| Operation::AddLater { number }),
        100 => lane_step().prop_map(Operation::Step),
        20 => any::<usize>().prop_map(|which| Operation::Expire { which }),
        25 => any::<usize>().prop_map(|which| Operation::MakeDue { which }),
        10 => (0..LANES).prop_map(|lane| Operation::Renew { lane }),
        6 => any::<usize>().prop_map(|which| Operation::RetryDead { which }),
        6 => any::<usize>().prop_map(|which| Operation::DropDead { which }),
        2 => Just(Operation::Pause(Wish::Pause)),
        6 => Just(Operation::Pause(Wish::Resume)),
        1 => Just(Operation::Purge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        max_shrink_iters: 2000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]
    #[test]
    fn random_operations_leave_redis_as_the_model_says(
        operations in prop::collection::vec(operation(), 1..120),
    ) {
        thread_local! { static SERVER: Server = Server::start(); }
        SERVER.with(|server| {
            let mut connection = server.connection();
            let () = redis::cmd("FLUSHALL").query(&mut connection).unwrap();
            block_on(async {
                let mut run = Run::new(server.queue("q"));
                for operation in operations {
                    let what = format!("{operation:?}");
                    run.run(operation, &mut connection).await;
                    snapshot::settle_due_times(&mut connection, "q", &run.model.delayed);
                    let found = snapshot::read(&mut connection, "q");
                    assert_eq!(found, run.model.snapshot(), "after {what}");
                }
            });
        });
    }
}
