//! The group that pushed metrics belong to: one per run and index, so that no pod replaces
//! another's.

use std::fmt::Write as _;

/// What the Pushgateway keeps the metrics of one run under. A push replaces what was pushed to the
/// same group before: another attempt at an index replaces the one before it, and nobody else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PushGroup<'a> {
    /// `job`: the program.
    pub(crate) worker: &'a str,
    /// `run`: the same for all pods of a Job, and different for each Job.
    pub(crate) run: &'a str,
    /// `index`, where there is one.
    pub(crate) index: Option<u32>,
    /// `pod`, where there is no index.
    pub(crate) pod: &'a str,
}

/// The letters and digits of which the API server makes the end of a generated name, and how many
/// of them it takes.
const GENERATED: &str = "bcdfghjklmnpqrstvwxz2456789";
const GENERATED_LENGTH: usize = 5;

impl PushGroup<'_> {
    /// The path below `base`. A path that names a group itself (`/metrics/job/nightly`) is kept,
    /// and gets what it does not name.
    pub(crate) fn path(&self, base: &str) -> String {
        let mut path = base.to_owned();
        let named: Vec<&str> = match base.split_once("/metrics/job/") {
            Some((_, group)) => group.split('/').skip(1).step_by(2).collect(),
            None => {
                path.push_str("/metrics/job/");
                push_encoded(self.worker, &mut path);
                Vec::new()
            }
        };
        let index = self.index.map(|index| index.to_string());
        let own = index.as_deref().map_or(("pod", self.pod), |index| ("index", index));
        for (label, value) in [("run", self.run), own] {
            if !named.contains(&label) && !value.is_empty() {
                path.push_str(&format!("/{label}/"));
                push_encoded(value, &mut path);
            }
        }
        path
    }
}

/// The name of the run that a pod belongs to: the pod's name without the part that only this pod
/// has. A Job calls its pods `NAME-abcde`, an Indexed Job `NAME-3-abcde` and their hosts `NAME-3`.
pub(crate) fn run_of_pod(pod: &str, index: Option<u32>) -> &str {
    let name = match pod.rsplit_once('-') {
        Some((name, end))
            if end.len() == GENERATED_LENGTH
                && end.chars().all(|letter| GENERATED.contains(letter)) =>
        {
            name
        }
        _ => pod,
    };
    let of_index = index.and_then(|index| name.strip_suffix(&format!("-{index}")));
    of_index.filter(|name| !name.is_empty()).unwrap_or(name)
}

/// A value as one part of a path. The Pushgateway takes even an encoded slash for a separator, so
/// a slash becomes another character.
fn push_encoded(value: &str, path: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'/' => path.push('_'),
            b'-' | b'.' | b'_' | b'~' => path.push(byte.into()),
            _ if byte.is_ascii_alphanumeric() => path.push(byte.into()),
            _ => write!(path, "%{byte:02X}").expect("a String takes every write"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(index: Option<u32>) -> PushGroup<'static> {
        PushGroup { worker: "queue-worker", run: "night", index, pod: "night-x2k4p" }
    }

    #[test]
    fn a_group_is_one_run_s_index_or_pod() {
        assert_eq!(group(None).path(""), "/metrics/job/queue-worker/run/night/pod/night-x2k4p");
        assert_eq!(
            group(Some(3)).path("/prefix"),
            "/prefix/metrics/job/queue-worker/run/night/index/3"
        );
    }

    #[test]
    fn a_group_that_is_named_by_the_user_is_kept_and_completed() {
        assert_eq!(group(Some(1)).path("/metrics/job/mine"), "/metrics/job/mine/run/night/index/1");
        assert_eq!(
            group(None).path("/metrics/job/run/run/7"),
            "/metrics/job/run/run/7/pod/night-x2k4p"
        );
        assert_eq!(
            group(None).path("/metrics/job/mine/pod/p"),
            "/metrics/job/mine/pod/p/run/night"
        );
    }

    #[test]
    fn no_value_changes_the_path() {
        let odd = PushGroup { worker: "w", run: "a/b c?é", index: None, pod: "" };
        assert_eq!(odd.path(""), "/metrics/job/w/run/a_b%20c%3F%C3%A9");
    }

    #[test]
    fn pods_of_one_job_have_one_run_and_jobs_have_different_ones() {
        for (pod, index, run) in [
            ("night-x2k4p", None, "night"),
            ("indexed-data-processor-3-zz9wb", Some(3), "indexed-data-processor"),
            ("indexed-data-processor-3", Some(3), "indexed-data-processor"),
            ("transactions-nightly-29000000-x2k4p", None, "transactions-nightly-29000000"),
            // What no API server has made.
            ("laptop", None, "laptop"),
            ("my-laptop", Some(0), "my-laptop"),
            ("job-2024", None, "job-2024"),
            ("-3", Some(3), "-3"),
        ] {
            assert_eq!(run_of_pod(pod, index), run, "{pod}");
        }
    }
}
