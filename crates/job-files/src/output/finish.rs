//! The finish: the last step over all partitions of a run, done by whichever pod sees that all of
//! them are there. Nobody is elected, and nobody waits.
//!
//! A pod writes its own manifest and then looks for those of the others. Of two pods that end at
//! the same instant, the one whose manifest was written later finds the other one's, so that at
//! least one pod sees all of them, on every storage that shows what was written to whoever looks
//! afterwards (S3 has done so since 2020, a local file system always has). Several pods may see
//! all of them: the step gives the same bytes whoever does it and however often.
//!
//! What a step has read may be replaced while it works, by another run of some index. So it counts
//! only if a second look finds what the first one found; if not, it is taken back, and done again
//! from what is there now. A run that replaces something takes its partition's manifest away before
//! it takes that of the dataset away ([`super::Publication`]): whichever of the two pods is later
//! sees what the other one has done.

use std::collections::{BTreeMap, BTreeSet};

use worker_runtime::{Action, WorkerError};

use crate::manifest::{Manifest, Work, settings_of_the_run};

/// What a look at all partitions has found.
pub enum Look<P> {
    /// Some are not done yet.
    Some(Progress),
    /// All of them, as far as the step depends on them.
    All(P),
}

/// What came of a finish.
pub enum Finish<T> {
    /// Another pod will do it, when the others are done.
    NotYet(Progress),
    /// The step was done, and nothing that it depends on has changed meanwhile.
    Done(T),
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Partitions that are done.
    pub done: u32,
    /// Partitions that there are.
    pub of: u32,
    /// Indexes whose results are there, and are another run's.
    pub others: Vec<u32>,
    /// In which settings one of those differs from this run, if that is it.
    pub differs: Option<String>,
}

impl Progress {
    /// How far the run is that `own` is a part of, when these manifests are there, by index.
    ///
    /// An index past their number (a Job that was scaled up) is counted where it is there.
    pub fn of_run(own: &Work, manifests: &BTreeMap<u32, &Manifest>) -> Progress {
        let is_same = |index: u32, work: &Work| work.index == index && work.is_same_run(own);
        let (same, others): (Vec<u32>, Vec<u32>) =
            manifests.keys().copied().partition(|index| is_same(*index, &manifests[index].work));
        let highest = same.last().map_or(0, |index| index.saturating_add(1));
        let first = others.first().map(|index| &manifests[index].work);
        let differs = first.and_then(|other| differences(own, other));
        Progress { done: same.len() as u32, of: own.partitions.max(highest), others, differs }
    }

    /// Whether all partitions are done.
    pub fn is_all(&self) -> bool {
        self.done >= self.of
    }

    /// In words; `parts` are such as "partitions".
    pub fn in_words(&self, parts: &str) -> String {
        /// A log line should not list a thousand of them.
        const MOST: usize = 20;
        let mut text = format!("{} of {} {parts} are done", self.done, self.of);
        if !self.others.is_empty() {
            let shown: Vec<String> =
                self.others.iter().take(MOST).map(|index| index.to_string()).collect();
            let more = self.others.len().saturating_sub(MOST);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown = shown.join(", ");
            text.push_str(&format!("; what is there of {shown}{more} is another run's ("));
            text.push_str(&match &self.differs {
                Some(differs) => {
                    format!("{differs}): run all indexes with the same settings and program")
                }
                None => "made of other files)".to_owned(),
            });
        }
        text
    }
}

/// In what two runs differ besides their input, in words.
fn differences(own: &Work, other: &Work) -> Option<String> {
    /// Longer values, such as hashes, tell nobody anything.
    const LONGEST: usize = 24;
    if other.command != own.command {
        return Some(format!("of {} and not of {}", other.command, own.command));
    }
    if other.output_version != own.output_version {
        let (theirs, ours) = (other.output_version, own.output_version);
        return Some(format!("version {theirs} of the outputs, where this program writes {ours}"));
    }
    if other.partitions != own.partitions {
        let (theirs, ours) = (other.partitions, own.partitions);
        return Some(format!("one of {theirs} partitions, where this is one of {ours}"));
    }
    let (ours, theirs) = (settings_of_the_run(&own.settings), settings_of_the_run(&other.settings));
    let names: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
    // Other files are no other settings.
    let names = names.into_iter().filter(|name| *name != "listing_xxh3");
    let differ = names.filter(|name| ours.get(name) != theirs.get(name));
    let told = differ.map(|name| {
        let [there, here] = [&theirs, &ours].map(|of| of.get(name).copied().unwrap_or("not set"));
        match there.len().max(here.len()) <= LONGEST {
            true => format!("{name} is {there} there and {here} here"),
            false => format!("another {name}"),
        }
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// Does the last step if all partitions are there.
///
/// `look` reads what is published. `step` does the step from that, and may find it done. An error
/// that another attempt may mend ends the finish, and the pod is to be run again; any other counts
/// only if a second look finds the same, since a partition may just have been replaced. `take_back`
/// takes away what vouches for the step.
///
/// # Errors
///
/// Those of the three.
pub fn finish<P: PartialEq, T, E: WorkerError>(
    look: impl Fn() -> Result<Look<P>, E>,
    step: impl Fn(&P) -> Result<T, E>,
    take_back: impl Fn() -> Result<(), E>,
) -> Result<Finish<T>, E> {
    let mut failed_with: Option<P> = None;
    loop {
        let published = match look()? {
            Look::Some(progress) => return Ok(Finish::NotYet(progress)),
            Look::All(published) => published,
        };
        match step(&published) {
            Ok(done) => match look()? {
                Look::All(again) if again == published => return Ok(Finish::Done(done)),
                _ => {
                    tracing::info!("partitions were replaced during the finish: it begins anew");
                    take_back()?;
                }
            },
            Err(error) if error.exit().action() == Action::Retry => return Err(error),
            Err(error) if failed_with.as_ref() == Some(&published) => {
                take_back()?;
                return Err(error);
            }
            Err(_) => failed_with = Some(published),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use worker_runtime::Exit;

    use super::*;
    use crate::manifest::MANIFEST_FORMAT;

    fn manifest(index: u32, partitions: u32, schema: &str) -> Manifest {
        Manifest {
            format: MANIFEST_FORMAT,
            worker: "w".to_owned(),
            version: "1".to_owned(),
            work: Work {
                command: "validate".to_owned(),
                output_version: 1,
                index,
                partitions,
                settings: BTreeMap::from([
                    ("schema".to_owned(), schema.to_owned()),
                    ("bytes".to_owned(), index.to_string()),
                ]),
                input: Vec::new(),
            },
            counts: BTreeMap::new(),
            outputs: Vec::new(),
        }
    }

    fn progress(own: &Manifest, all: &[Manifest]) -> Progress {
        let by_index = all.iter().map(|manifest| (manifest.work.index, manifest)).collect();
        Progress::of_run(&own.work, &by_index)
    }

    #[test]
    fn partitions_of_another_run_are_not_done_and_named() {
        let own = manifest(1, 3, "a");
        let all = [own.clone(), manifest(0, 3, "b"), manifest(2, 4, "a")];
        let some = progress(&own, &all);
        assert!(!some.is_all());
        assert_eq!(
            some.in_words("partitions"),
            "1 of 3 partitions are done; what is there of 0, 2 is another run's (schema is b there \
             and a here): run all indexes with the same settings and program"
        );
        let all = [0, 1, 2].map(|index| manifest(index, 3, "a"));
        assert!(progress(&own, &all).is_all());
        assert!(!progress(&own, &all[..2]).is_all());
        // A copied folder is not the partition whose name it has.
        let copied = BTreeMap::from([(0, &all[0]), (1, &all[1]), (2, &all[1])]);
        assert_eq!(Progress::of_run(&own.work, &copied).done, 2);
    }

    #[test]
    fn a_job_that_was_scaled_up_is_all_there_when_the_added_indexes_are() {
        let all: Vec<Manifest> = [0, 1, 2, 4].map(|index| manifest(index, 3, "a")).into();
        assert_eq!(progress(&all[0], &all[..3]).of, 3);
        let some = progress(&all[0], &all);
        assert_eq!((some.done, some.of, some.is_all()), (4, 5, false));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{0:?}")]
    struct Failed(Exit);

    impl WorkerError for Failed {
        fn exit(&self) -> Exit {
            self.0
        }
    }

    /// A finish of which each look finds the next of `versions`, the last one for ever.
    fn run(
        versions: &[u32],
        step: impl Fn(u32) -> Result<u32, Failed>,
    ) -> (Result<Option<u32>, Exit>, Vec<String>) {
        let (looks, log) = (Cell::new(0), RefCell::new(Vec::new()));
        let look = || {
            let number = looks.replace(looks.get() + 1).min(versions.len() - 1);
            Ok(match versions[number] {
                0 => Look::Some(Progress { done: 1, of: 2, others: Vec::new(), differs: None }),
                version => Look::All(version),
            })
        };
        let step = |version: &u32| {
            log.borrow_mut().push(format!("step {version}"));
            step(*version)
        };
        let take_back = || {
            log.borrow_mut().push("back".to_owned());
            Ok(())
        };
        let ended = finish(look, step, take_back).map(|finish| match finish {
            Finish::NotYet(_) => None,
            Finish::Done(version) => Some(version),
        });
        (ended.map_err(|error| error.exit()), log.into_inner())
    }

    #[test]
    fn what_was_replaced_during_the_step_is_taken_back_and_done_again() {
        assert_eq!(run(&[1], Ok), (Ok(Some(1)), vec!["step 1".to_owned()]));
        assert_eq!(run(&[0], Ok), (Ok(None), vec![]));
        let (ended, log) = run(&[1, 2, 2], Ok);
        assert_eq!(ended, Ok(Some(2)));
        assert_eq!(log, ["step 1", "back", "step 2"]);
        let (ended, log) = run(&[1, 0], Ok);
        assert_eq!(ended, Ok(None));
        assert_eq!(log, ["step 1", "back"]);
    }

    #[test]
    fn an_error_counts_when_a_second_look_finds_the_same() {
        let fails_at_first = |version| match version {
            1 => Err(Failed(Exit::BadInput)),
            version => Ok(version),
        };
        let (ended, log) = run(&[1, 2], fails_at_first);
        assert_eq!((ended, log.join(" ")), (Ok(Some(2)), "step 1 step 2".to_owned()));
        let (ended, log) = run(&[1], fails_at_first);
        assert_eq!((ended, log.join(" ")), (Err(Exit::BadInput), "step 1 step 1 back".to_owned()));
        let (ended, log) = run(&[1], |_| Err(Failed(Exit::Unavailable)));
        assert_eq!((ended, log.join(" ")), (Err(Exit::Unavailable), "step 1".to_owned()));
    }
}
