//! What the API server demands of a Job beyond its types, and what we demand on top.
//!
//! Source: kubernetes/kubernetes, pkg/apis/batch/validation/validation.go; the Pod Security
//! Standard `restricted`.

use k8s_openapi::api::batch::v1::{Job, JobSpec, PodFailurePolicyRule};
use k8s_openapi::api::core::v1::{Container, PodSpec, Volume};
use worker_runtime::{Action, Exit};

/// How long a worker drains by default, in seconds.
const DRAIN: i64 = 25;

/// The rules that a Job breaks, in words.
pub fn broken_rules(job: &Job) -> Vec<String> {
    let mut broken = Vec::new();
    let mut must = |holds: bool, rule: &str| {
        if !holds {
            broken.push(rule.to_owned());
        }
    };
    let Some(spec) = &job.spec else { return vec!["a Job has a spec".to_owned()] };
    let name = job.metadata.name.as_deref().unwrap_or_default();
    let last = spec
        .completions
        .filter(|_| is_indexed(spec))
        .map_or(name.to_owned(), |n| format!("{name}-{}", n - 1));
    must(
        is_dns_label(&last),
        "the name, with the last index behind it, is a DNS label of at most 63 characters",
    );
    let labels = [
        &job.metadata.labels,
        &spec.template.metadata.as_ref().and_then(|meta| meta.labels.clone()),
    ];
    for labels in labels {
        let labels = labels.clone().unwrap_or_default();
        must(
            !labels.keys().any(|key| key.ends_with("job-name")),
            "the server sets the label job-name, nobody else",
        );
        for key in ["name", "component", "part-of"] {
            must(
                labels.contains_key(&format!("app.kubernetes.io/{key}")),
                "the recommended labels are on the Job and its pods",
            );
        }
    }
    indexes(spec, &mut must);
    failure_policy(spec, &mut must);
    must(spec.active_deadline_seconds.is_some(), "a Job has a deadline");
    must(spec.ttl_seconds_after_finished.is_some(), "a finished Job is removed some day");
    let Some(pod) = &spec.template.spec else { return vec!["a Job has a pod template".to_owned()] };
    must(
        pod.restart_policy.as_deref() == Some("Never"),
        "restartPolicy is Never: a failure policy needs it",
    );
    must(
        pod.termination_grace_period_seconds.is_some_and(|grace| grace > DRAIN),
        "the grace period is longer than a worker drains",
    );
    must(
        pod.automount_service_account_token == Some(false),
        "no worker needs a token of the API server",
    );
    restricted_pod(pod, &mut must);
    for container in pod.init_containers.iter().flatten().chain(&pod.containers) {
        restricted_container(container, &mut must);
        mounts(container, pod, &mut must);
    }
    broken
}

/// A token of the pod's service account that the API server does not take.
fn is_token_of_sts(volume: &Volume) -> bool {
    let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
    let mut audiences = sources.map(|source| {
        source.service_account_token.as_ref().and_then(|token| token.audience.as_deref())
    });
    volume.projected.is_some() && audiences.all(|audience| audience.is_some())
}

fn is_indexed(spec: &JobSpec) -> bool {
    spec.completion_mode.as_deref() == Some("Indexed")
}

fn is_dns_label(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn indexes(spec: &JobSpec, must: &mut impl FnMut(bool, &str)) {
    let indexed = is_indexed(spec);
    must(!indexed || spec.completions.is_some(), "an Indexed Job has completions");
    must(
        spec.backoff_limit_per_index.is_none() || indexed,
        "backoffLimitPerIndex needs an Indexed Job",
    );
    must(
        spec.backoff_limit_per_index.is_some() || !indexed,
        "an index that fails fails alone: backoffLimitPerIndex",
    );
    must(
        spec.max_failed_indexes.is_none() || spec.backoff_limit_per_index.is_some(),
        "maxFailedIndexes needs backoffLimitPerIndex",
    );
    must(
        spec.max_failed_indexes.unwrap_or(0) <= spec.completions.unwrap_or(i32::MAX),
        "maxFailedIndexes is at most completions",
    );
    let total = spec
        .template
        .spec
        .iter()
        .flat_map(|pod| &pod.containers)
        .flat_map(|container| &container.env)
        .flatten();
    for variable in total.filter(|variable| variable.name == "TOTAL_PARTITIONS") {
        must(
            variable.value == spec.completions.map(|completions| completions.to_string()),
            "TOTAL_PARTITIONS is completions",
        );
    }
}

fn failure_policy(spec: &JobSpec, must: &mut impl FnMut(bool, &str)) {
    let Some(policy) = &spec.pod_failure_policy else {
        return must(false, "a Job has a podFailurePolicy");
    };
    must(
        spec.pod_replacement_policy.as_deref() == Some("Failed"),
        "with a failure policy, podReplacementPolicy is Failed",
    );
    must(policy.rules.len() <= 20, "a failure policy has at most 20 rules");
    let containers: Vec<&str> = spec
        .template
        .spec
        .iter()
        .flat_map(|pod| pod.containers.iter().chain(pod.init_containers.iter().flatten()))
        .map(|container| container.name.as_str())
        .collect();
    for rule in &policy.rules {
        let conditions = rule.on_pod_conditions.as_ref().map_or(0, Vec::len);
        must(
            rule.on_exit_codes.is_some() != (conditions > 0),
            "a rule has exit codes or pod conditions",
        );
        must(
            rule.action != "FailIndex" || spec.backoff_limit_per_index.is_some(),
            "FailIndex needs backoffLimitPerIndex",
        );
        let Some(codes) = &rule.on_exit_codes else { continue };
        must(
            !codes.values.is_empty() && codes.values.len() <= 255,
            "a rule has 1 to 255 exit codes",
        );
        must(codes.values.is_sorted_by(|a, b| a < b), "exit codes are in order, each once");
        must(codes.operator != "In" || !codes.values.contains(&0), "0 is no failure");
        let named = codes.container_name.as_deref();
        must(named.is_none_or(|name| containers.contains(&name)), "the container of a rule exists");
    }
    for code in 1..=255 {
        // A rule without a container's name is about every container.
        let actions: Vec<_> =
            containers.iter().map(|container| action_on(spec, container, code)).collect();
        match demanded_action(spec, code) {
            Some(action) => must(
                actions.contains(&Some(action)),
                &format!("exit code {code} means {action}, as worker_runtime::Exit says"),
            ),
            None => must(
                actions.iter().all(Option::is_none),
                &format!("exit code {code} is not handled, so that it is tried again"),
            ),
        }
    }
    let disruption = policy.rules.first().is_some_and(|rule| {
        rule.action == "Ignore"
            && rule
                .on_pod_conditions
                .iter()
                .flatten()
                .any(|condition| condition.type_ == "DisruptionTarget")
    });
    must(disruption, "a disruption is ignored, before any other rule");
}

/// What the pod contract demands of the failure policy when a container ends with this code; `None`
/// where the Job is to try again: after the codes of the contract that say so, and all others, 137
/// of a kill for memory among them.
pub fn demanded_action(spec: &JobSpec, code: i32) -> Option<&'static str> {
    let exit = Exit::ALL.into_iter().find(|exit| i32::from(exit.code()) == code)?;
    match exit.action() {
        Action::FailJob => Some("FailJob"),
        Action::FailIndex if is_indexed(spec) => Some("FailIndex"),
        Action::FailIndex => Some("FailJob"),
        Action::Complete | Action::Retry => None,
    }
}

/// What the failure policy does when a container ends with this code; `None` where the Job tries
/// again within its back-off.
pub fn action_on<'a>(spec: &'a JobSpec, container: &str, code: i32) -> Option<&'a str> {
    let rules = spec.pod_failure_policy.as_ref().map_or(&[][..], |policy| policy.rules.as_slice());
    let matches = |rule: &&PodFailurePolicyRule| {
        rule.on_exit_codes.as_ref().is_some_and(|codes| {
            codes.container_name.as_deref().is_none_or(|name| name == container)
                && (codes.operator == "In") == codes.values.contains(&code)
        })
    };
    rules.iter().find(matches).map(|rule| rule.action.as_str())
}

fn restricted_pod(pod: &PodSpec, must: &mut impl FnMut(bool, &str)) {
    let security = pod.security_context.clone().unwrap_or_default();
    must(security.run_as_non_root == Some(true), "restricted: runAsNonRoot");
    must(
        security.run_as_user == Some(65532) && security.run_as_group == Some(65532),
        "the user is 65532:65532",
    );
    must(
        security.seccomp_profile.is_some_and(|profile| profile.type_ == "RuntimeDefault"),
        "restricted: seccompProfile RuntimeDefault",
    );
    let host = [pod.host_network, pod.host_pid, pod.host_ipc];
    must(host.iter().all(|shared| shared.is_none()), "restricted: nothing of the host");
    for volume in pod.volumes.iter().flatten() {
        must(
            volume.config_map.is_some() || volume.empty_dir.is_some() || is_token_of_sts(volume),
            "restricted: ConfigMaps, empty folders, and tokens for others than the API server",
        );
        must(
            volume.empty_dir.as_ref().is_none_or(|folder| folder.size_limit.is_some()),
            "an empty folder has a size limit",
        );
    }
}

fn restricted_container(container: &Container, must: &mut impl FnMut(bool, &str)) {
    let security = container.security_context.clone().unwrap_or_default();
    must(
        security.allow_privilege_escalation == Some(false),
        "restricted: allowPrivilegeEscalation false",
    );
    must(security.read_only_root_filesystem == Some(true), "the root is read-only");
    let drop = security.capabilities.and_then(|capabilities| capabilities.drop).unwrap_or_default();
    must(drop == ["ALL"], "restricted: all capabilities are dropped");
    let resources = container.resources.clone().unwrap_or_default();
    for kind in ["cpu", "memory"] {
        let has = |of: &Option<std::collections::BTreeMap<String, _>>| {
            of.as_ref().is_some_and(|of| of.contains_key(kind))
        };
        must(
            has(&resources.requests) && has(&resources.limits),
            "a container has requests and limits",
        );
    }
    must(
        container.termination_message_policy.as_deref() == Some("FallbackToLogsOnError"),
        "terminationMessagePolicy is FallbackToLogsOnError",
    );
    must(
        container.command.is_none(),
        "the image's entry point is the worker: there is nothing else in it",
    );
    let image = container.image.as_deref().unwrap_or_default();
    must(!image.ends_with(":latest"), "no image is called latest");
    must(
        container.image_pull_policy.as_deref() == Some("IfNotPresent"),
        "images are pulled when they are not there",
    );
}

fn mounts(container: &Container, pod: &PodSpec, must: &mut impl FnMut(bool, &str)) {
    for mount in container.volume_mounts.iter().flatten() {
        let exists = pod.volumes.iter().flatten().any(|volume| volume.name == mount.name);
        must(exists, "what is mounted is a volume of the pod");
    }
}
