//! Workers that write files, killed at any instant, and two of one index at once.

use std::time::Duration;

use crate::{figures::Figures, files::Subject, size::Size};

#[test]
fn killed_at_random_instants_the_output_is_whole_or_absent_and_a_rerun_gives_the_same_bytes() {
    let kills = Size::of_this_run().pick(25, 1_000);
    for subject in Subject::in_folder(20_000) {
        let mut takes = u64::try_from(subject.takes.as_micros()).unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        let (mut runs, mut interrupted, mut damaged) = (0, 0, 0);
        // A run that ended before it was killed does not count.
        while interrupted < kills {
            runs += 1;
            assert!(runs < 20 * kills, "only {interrupted} of {runs} runs were really interrupted");
            if random.u8(..4) == 0 {
                subject.clear();
            }
            let mut child = subject.command(None).spawn().unwrap();
            // Not to wait for anything: the instant is meant to be any.
            std::thread::sleep(Duration::from_micros(random.u64(..takes + takes / 10)));
            child.kill().unwrap();
            if child.wait().unwrap().code().is_none() {
                interrupted += 1;
            } else {
                // The machine may have held up the run that was timed, and every one now ends
                // sooner.
                takes -= takes / 20;
            }
            damaged += subject.damaged(&subject.published()).len();
        }
        assert_eq!(subject.run(), Some(0));
        let lost = usize::from(subject.published() != subject.expected);
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: SIGKILL",
            _ => "log-aggregator: SIGKILL",
        };
        let injected =
            format!("{interrupted} kills at random instants in mid-run; {damaged} files not whole");
        Figures {
            scenario,
            injected,
            survived: kills - damaged.min(kills),
            lost: lost + damaged,
            doubled: 0,
        }
        .expect_none_lost_or_doubled();
    }
}

#[test]
fn two_pods_of_one_index_at_once_give_the_bytes_of_one() {
    let rounds = Size::of_this_run().pick(4, 100);
    for subject in Subject::in_folder(5_000) {
        let mut sound = 0;
        for _ in 0..rounds {
            subject.clear();
            let twins = [0, 1].map(|_| subject.command(None).spawn().unwrap());
            let both = twins.map(|mut twin| twin.wait().unwrap().code() == Some(0));
            sound += usize::from(both == [true, true] && subject.published() == subject.expected);
        }
        let scenario = match subject.name {
            "partition-worker" => "partition-worker: two pods of one index",
            _ => "log-aggregator: two pods of one index",
        };
        let injected = format!("{rounds} times two at once");
        Figures { scenario, injected, survived: sound, lost: rounds - sound, doubled: 0 }
            .expect_none_lost_or_doubled();
    }
}
