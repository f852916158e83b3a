//! An S3 whose requests fail at random rates.

use system_tests::{Fault, FaultPlan, FaultProxy};

use crate::{figures::Figures, files::Subject, size::Size};

/// Attempts of one index, as `backoffLimitPerIndex` gives them.
const ATTEMPTS: usize = 6;

#[test]
fn s3_faults_of_up_to_20_percent_leave_the_same_bytes_or_none() {
    let rounds = Size::of_this_run().pick(4, 100);
    for subject in Subject::in_s3(5_000) {
        let (mut faults, mut failed_runs, mut sound, mut damaged) = (0, 0, 0, 0);
        for round in 0..rounds {
            subject.clear();
            let share = fastrand::f64() * 0.2;
            let plan = FaultPlan {
                seed: round as u64,
                share,
                faults: Fault::ALL.to_vec(),
                longest_run: u32::MAX,
            };
            let proxy = FaultProxy::start(&subject.endpoint(), plan).unwrap();
            let mut done = false;
            for _ in 0..ATTEMPTS {
                let code = subject.command(Some(&proxy.endpoint())).status().unwrap().code();
                damaged += subject.damaged(&subject.published()).len();
                match code {
                    Some(0) => {
                        done = true;
                        break;
                    }
                    // A service that stayed unreachable is retried.
                    Some(69) => failed_runs += 1,
                    other => panic!("{} ended with {other:?}", subject.name),
                }
            }
            faults += Fault::ALL.iter().map(|fault| proxy.injected(*fault)).sum::<u64>();
            sound += usize::from(done && subject.published() == subject.expected);
        }
        assert!(faults > rounds as u64 / 4, "{faults}");
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: S3 faults",
            _ => "log-aggregator: S3 faults",
        };
        let injected = format!(
            "{faults} faults in {rounds} runs, 0 to 20 % of requests: errors, resets, cut and \
             stalled answers; {failed_runs} attempts gave up and were retried"
        );
        Figures { scenario, injected, survived: sound, lost: rounds - sound + damaged, doubled: 0 }
            .expect_none_lost_or_doubled();
    }
}
