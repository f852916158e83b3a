//! The Job that does some of another Job's indexes, as JSON. Does no I/O.

use serde_json::{Map, Value, json};
use worker_runtime::Indexes;

/// What the worker reads its indexes from.
const INDEXES: &str = "JOB_WORKER_INDEXES";

/// What the worker reads the number of partitions from.
const TOTAL: &str = "TOTAL_PARTITIONS";

/// A pod's name is that of the Job with its index behind it, and a DNS label.
const LONGEST_LABEL: usize = 63;

/// Labels that the Job controller writes and refuses from others.
const LABELS_OF_THE_CONTROLLER: [&str; 4] = [
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-name",
];

/// A Job as somebody has written it, or as the API server has it.
pub(super) struct Job(Value);

impl Job {
    /// Reads a Job.
    ///
    /// # Errors
    ///
    /// In words, where it is none that this worker's indexes can be set of.
    pub(super) fn parse(bytes: &[u8]) -> Result<Job, String> {
        let job: Value = serde_json::from_slice(bytes)
            .map_err(|error| format!("it is not JSON ({error}): kubectl writes it with -o json"))?;
        if job["kind"] != "Job" {
            return Err(format!("it is of kind {}, and not one Job", job["kind"]));
        }
        if job["spec"]["completionMode"] != "Indexed" {
            return Err("the Job is not Indexed, so that its pods have no partitions".to_owned());
        }
        let job = Job(job);
        let container = job.container()?;
        let of = &job.0["spec"]["template"]["spec"]["containers"][container];
        let is_flag = |text: &Value| {
            text.as_str().is_some_and(|text| {
                text == "--indexes" || text.starts_with("--indexes=") || text == "--index"
            })
        };
        let texts = [&of["command"], &of["args"]].into_iter().filter_map(Value::as_array).flatten();
        if texts.take_while(|text| *text != "--").any(is_flag) {
            return Err("its arguments say which indexes are done: plan from the Job that it was \
                        made from"
                .to_owned());
        }
        Ok(job)
    }

    /// The container of the worker.
    fn container(&self) -> Result<usize, String> {
        let containers = self.0["spec"]["template"]["spec"]["containers"].as_array();
        let containers = containers.map(Vec::as_slice).unwrap_or_default();
        let told = |container: &Value| variable(container, TOTAL).is_some();
        let named = |container: &Value| container["name"] == env!("CARGO_PKG_NAME");
        let found = containers.iter().position(told).or(containers.iter().position(named));
        found.or((containers.len() == 1).then_some(0)).ok_or_else(|| {
            format!(
                "which of its {} containers is the worker's cannot be told: name it {}",
                containers.len(),
                env!("CARGO_PKG_NAME")
            )
        })
    }

    /// How many partitions its pods are told, or else how many pods there are.
    pub(super) fn partitions(&self) -> Option<u32> {
        let container = self.container().ok()?;
        let container = &self.0["spec"]["template"]["spec"]["containers"][container];
        match variable(container, TOTAL) {
            Some(told) => told["value"].as_str()?.parse().ok(),
            None if variable(container, INDEXES).is_some() => None,
            None => self.0["spec"]["completions"].as_u64()?.try_into().ok(),
        }
    }

    /// The Job that does only these indexes: pod 0 the first of them, and so on.
    pub(super) fn only(&self, indexes: &Indexes, name: Option<&str>) -> Result<Value, String> {
        let container = self.container()?;
        let count = indexes.count();
        let mut spec = self.0["spec"].clone();
        for written_by_the_server in ["selector", "manualSelector"] {
            remove(&mut spec, written_by_the_server);
        }
        spec["completions"] = json!(count);
        for at_most in ["parallelism", "maxFailedIndexes"] {
            if let Some(number) = spec[at_most].as_u64() {
                spec[at_most] = json!(number.min(count));
            }
        }
        without_those_of_the_controller(&mut spec["template"]["metadata"]["labels"]);
        remove(&mut spec["template"]["metadata"], "creationTimestamp");
        let env = &mut spec["template"]["spec"]["containers"][container]["env"];
        let mut variables = env.as_array().cloned().unwrap_or_default();
        variables.retain(|variable| variable["name"] != INDEXES);
        variables.push(json!({"name": INDEXES, "value": indexes.to_string()}));
        *env = Value::Array(variables);

        let own = &self.0["metadata"];
        let name = match name {
            Some(name) => name.to_owned(),
            None => again(own["name"].as_str().unwrap_or("job"), count),
        };
        let mut metadata = json!({ "name": name });
        for kept in ["namespace", "labels", "annotations"] {
            if !own[kept].is_null() {
                metadata[kept] = own[kept].clone();
            }
        }
        without_those_of_the_controller(&mut metadata["labels"]);
        if metadata["labels"].is_null() {
            remove(&mut metadata, "labels");
        }
        remove(&mut metadata["annotations"], "kubectl.kubernetes.io/last-applied-configuration");
        if metadata["annotations"].as_object().is_none_or(Map::is_empty) {
            remove(&mut metadata, "annotations");
        }
        Ok(json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}))
    }
}

/// A name for the next attempt at some indexes of the Job `name`.
fn again(name: &str, count: u64) -> String {
    const AGAIN: &str = "-again";
    let room = LONGEST_LABEL - AGAIN.len() - 1 - count.to_string().len();
    let base = name.strip_suffix(AGAIN).unwrap_or(name);
    let base = base.get(..room.min(base.len())).unwrap_or(base);
    format!("{}{AGAIN}", base.trim_end_matches(['-', '.']))
}

fn variable<'v>(container: &'v Value, name: &str) -> Option<&'v Value> {
    container["env"].as_array()?.iter().find(|variable| variable["name"] == name)
}

fn remove(object: &mut Value, name: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(name);
    }
}

fn without_those_of_the_controller(labels: &mut Value) {
    for label in LABELS_OF_THE_CONTROLLER {
        remove(labels, label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `kubectl get job -o json` prints it, shortened.
    fn job() -> Value {
        json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {
                "name": "night", "namespace": "jobs", "uid": "u", "resourceVersion": "5",
                "labels": {"app": "x", "job-name": "night"},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
            },
            "spec": {
                "completionMode": "Indexed", "completions": 5, "parallelism": 4,
                "maxFailedIndexes": 5, "backoffLimitPerIndex": 3,
                "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}},
                "template": {
                    "metadata": {"labels": {
                        "app": "x", "batch.kubernetes.io/controller-uid": "u",
                        "batch.kubernetes.io/job-name": "night", "controller-uid": "u",
                        "job-name": "night"}},
                    "spec": {"containers": [
                        {"name": "side"},
                        {"name": "w", "args": ["validate"], "env": [
                            {"name": "TOTAL_PARTITIONS", "value": "5"}]}
                    ]}
                }
            },
            "status": {"failedIndexes": "1,3"}
        })
    }

    fn parsed(job: &Value) -> Result<Job, String> {
        Job::parse(&serde_json::to_vec(job).unwrap())
    }

    #[test]
    fn the_job_of_some_indexes_is_that_of_all_without_what_the_server_has_written() {
        let whole = parsed(&job()).unwrap();
        assert_eq!(whole.partitions(), Some(5));
        let some = whole.only(&Indexes::of([1, 3]), None).unwrap();
        assert_eq!(
            some,
            json!({
                "apiVersion": "batch/v1", "kind": "Job",
                "metadata": {"name": "night-again", "namespace": "jobs", "labels": {"app": "x"}},
                "spec": {
                    "completionMode": "Indexed", "completions": 2, "parallelism": 2,
                    "maxFailedIndexes": 2, "backoffLimitPerIndex": 3,
                    "template": {
                        "metadata": {"labels": {"app": "x"}},
                        "spec": {"containers": [
                            {"name": "side"},
                            {"name": "w", "args": ["validate"], "env": [
                                {"name": "TOTAL_PARTITIONS", "value": "5"},
                                {"name": "JOB_WORKER_INDEXES", "value": "1,3"}]}
                        ]}
                    }
                }
            })
        );
        // The next one is planned from it as from the first.
        let next = parsed(&some).unwrap();
        assert_eq!(next.partitions(), Some(5));
        let third = next.only(&Indexes::of([3]), Some("third")).unwrap();
        assert_eq!(
            third["spec"]["template"]["spec"]["containers"][1]["env"],
            json!([{"name": "TOTAL_PARTITIONS", "value": "5"},
                {"name": "JOB_WORKER_INDEXES", "value": "3"}])
        );
        assert_eq!(next.only(&Indexes::of([3]), None).unwrap()["metadata"]["name"], "night-again");
    }

    #[test]
    fn a_long_name_leaves_room_for_the_index_of_a_pod() {
        let name = again(&"a".repeat(63), 100);
        assert_eq!(name.len() + "-100".len(), 63);
        assert_eq!(again("b-", 1), "b-again");
    }

    #[test]
    fn what_is_no_job_with_indexes_of_its_own_is_refused() {
        let refused = |change: fn(&mut Value)| {
            let mut job = job();
            change(&mut job);
            parsed(&job).err().unwrap()
        };
        assert!(refused(|job| job["kind"] = json!("List")).contains("\"List\""));
        assert!(refused(|job| job["spec"]["completionMode"] = json!(null)).contains("not Indexed"));
        let containers = |job: &mut Value| {
            job["spec"]["template"]["spec"]["containers"][1]["args"] = json!(["--indexes=1"]);
        };
        assert!(refused(containers).contains("its arguments say"));
        let unnamed = |job: &mut Value| {
            job["spec"]["template"]["spec"]["containers"][1]["env"] = json!(null);
        };
        assert!(refused(unnamed).contains("which of its 2 containers"));
        assert!(Job::parse(b"kind: Job").err().unwrap().contains("-o json"));
    }
}
