//! The manifests below `k8s/` without a cluster: read strictly, held against the API server's
//! rules, and every Job run for real.

use clap::CommandFactory as _;
use k8s_openapi::api::batch::v1::{JobSpec, PodFailurePolicyOnExitCodesRequirement};
use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::api::networking::v1::NetworkPolicyPort;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use system_tests::kubernetes::{
    Ended, Lab, Manifests, action_on, assert_complete, broken_rules, demanded_action,
    kustomizations,
};
use worker_runtime::Exit;

#[test]
fn every_kustomization_is_made_of_objects_that_the_api_knows() -> anyhow::Result<()> {
    let folders = kustomizations()?;
    assert!(folders.len() >= 19, "{folders:?}");
    for folder in folders {
        Manifests::render(&folder)?;
    }
    Ok(())
}

#[test]
fn every_job_obeys_the_rules_of_the_api_server_and_ours() -> anyhow::Result<()> {
    let mut jobs = 0;
    for folder in kustomizations()? {
        for job in Manifests::render(&folder)?.all_jobs() {
            assert_eq!(
                broken_rules(&job),
                Vec::<String>::new(),
                "{folder}: {:?}",
                job.metadata.name
            );
            let pod = job.spec.and_then(|spec| spec.template.spec).expect("a pod");
            // A cloud can give it a role.
            assert_eq!(pod.service_account_name.as_deref(), Some("job-workers"), "{folder}");
            jobs += 1;
        }
    }
    assert!(jobs >= 28, "{jobs} Jobs");
    Ok(())
}

/// The processors that a pod asks for, in thousandths: its containers together, or the largest that
/// prepares.
fn millicores(pod: &PodSpec) -> u64 {
    let of = |container: &Container| {
        let requests = container
            .resources
            .clone()
            .and_then(|resources| resources.requests)
            .unwrap_or_default();
        let Quantity(cpu) = requests["cpu"].clone();
        cpu.strip_suffix('m')
            .map_or_else(|| cpu.parse::<u64>().unwrap() * 1000, |milli| milli.parse().unwrap())
    };
    let prepare = pod.init_containers.iter().flatten().map(of).max().unwrap_or(0);
    prepare.max(pod.containers.iter().map(of).sum())
}

/// What a cluster has on its only node besides takes a quarter of it.
#[test]
fn every_job_of_the_lab_fits_on_a_node_of_two_cores_beside_its_services() -> anyhow::Result<()> {
    let services = Manifests::render("k8s/overlays/kind")?.deployments;
    let services: u64 = services
        .iter()
        .map(|of| millicores(of.spec.as_ref().unwrap().template.spec.as_ref().unwrap()))
        .sum();
    assert!(services > 0);
    for folder in kustomizations()?.iter().filter(|folder| folder.contains("/overlays/kind")) {
        for job in Manifests::render(folder)?.all_jobs() {
            let spec = job.spec.unwrap();
            let pods = u64::try_from(spec.parallelism.unwrap_or(1))?;
            let all = services + pods * millicores(spec.template.spec.as_ref().unwrap());
            assert!(all <= 1500, "{folder}: {all} of 2000 thousandths");
        }
    }
    Ok(())
}

/// Each exit code of the pod contract has the rule in the failure policies that the contract's
/// table says.
#[test]
fn every_failure_policy_says_what_the_contract_says() -> anyhow::Result<()> {
    for folder in kustomizations()? {
        for job in Manifests::render(&folder)?.all_jobs() {
            let spec = job.spec.unwrap();
            let container = &spec.template.spec.as_ref().unwrap().containers[0].name;
            for exit in Exit::ALL.into_iter().filter(|exit| *exit != Exit::Done) {
                let code = i32::from(exit.code());
                let expected = demanded_action(&spec, code);
                let found = action_on(&spec, container, code);
                assert_eq!(found, expected, "{folder}: {:?} on {exit:?}", job.metadata.name);
            }
        }
    }
    Ok(())
}

fn exit_codes(spec: &mut JobSpec, rule: usize) -> &mut PodFailurePolicyOnExitCodesRequirement {
    spec.pod_failure_policy.as_mut().unwrap().rules[rule].on_exit_codes.as_mut().unwrap()
}

#[test]
fn a_job_that_breaks_a_rule_is_found_out() -> anyhow::Result<()> {
    let job = Manifests::render("k8s/base/indexed")?.job("indexed-data-processor");
    type Change = fn(&mut JobSpec);
    let changes: [Change; 14] = [
        |spec| spec.completions = None,
        |spec| spec.max_failed_indexes = Some(6),
        |spec| spec.completion_mode = None,
        |spec| spec.pod_replacement_policy = None,
        |spec| spec.active_deadline_seconds = None,
        |spec| spec.completions = Some(6),
        |spec| spec.pod_failure_policy.as_mut().unwrap().rules.swap(0, 1),
        |spec| drop(spec.pod_failure_policy.as_mut().unwrap().rules.pop()),
        |spec| spec.template.spec.as_mut().unwrap().restart_policy = Some("OnFailure".to_owned()),
        |spec| spec.template.spec.as_mut().unwrap().termination_grace_period_seconds = Some(25),
        |spec| spec.template.spec.as_mut().unwrap().containers[0].security_context = None,
        |spec| spec.template.spec.as_mut().unwrap().volumes = None,
        // The worker's own limit is tried again.
        |spec| exit_codes(spec, 1).values.push(75),
        // Everything but the input's codes, and so 75 and every crash.
        |spec| {
            let codes = exit_codes(spec, 1);
            (codes.operator, codes.values) = ("NotIn".to_owned(), vec![65, 66]);
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut changed = job.clone();
        change(changed.spec.as_mut().unwrap());
        assert_ne!(broken_rules(&changed), Vec::<String>::new(), "change {number}");
    }
    Ok(())
}

#[test]
fn the_schema_in_the_manifests_is_that_of_the_sample_data() -> anyhow::Result<()> {
    let manifests = Manifests::render("k8s/base/common")?;
    let map = manifests
        .config_maps
        .iter()
        .find(|map| map.metadata.name.as_deref() == Some("transactions-schema"));
    let text = &map.unwrap().data.as_ref().unwrap()["transactions.schema.json"];
    assert_eq!(text.as_bytes(), sample_data::SCHEMA);
    Ok(())
}

#[test]
fn the_jobs_of_the_lab_do_their_work() -> anyhow::Result<()> {
    Lab::start()?.assert_all()
}

#[test]
fn a_queue_loses_nothing_when_pods_are_killed_in_mid_work() -> anyhow::Result<()> {
    let lab = Lab::start()?;
    lab.load_sample_data()?;
    for (folder, name, queue) in [
        ("work-queue", "work-queue-processor", "transactions"),
        ("fixed-completions", "parallel-processor", "transactions-fixed"),
    ] {
        // A task takes a while, and a lease is short, so that there is a middle to be killed in.
        let mut job = lab.job(folder, name)?;
        let container =
            &mut job.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0];
        container
            .args
            .as_mut()
            .unwrap()
            .extend(["--handler=simulate=500us".to_owned(), "--lease=2s".to_owned()]);
        container.args.as_mut().unwrap().retain(|argument| {
            argument != "--handler=validate" && !argument.starts_with("--schema")
        });
        let finished = lab.run_and_kill(&job, queue, 4)?;
        assert_complete(&finished);
        assert_eq!(
            finished.codes().iter().filter(|code| **code == 137).count(),
            4,
            "{:?}",
            finished.codes()
        );
        assert_eq!(lab.results(queue)?, 10_000, "{name}");
    }
    Ok(())
}

#[test]
fn an_index_without_input_fails_alone() -> anyhow::Result<()> {
    let lab = Lab::start()?;
    lab.load_sample_data()?;
    lab.remove("lab/transactions/data_3.csv")?;
    let finished = lab.run(&lab.job("indexed", "indexed-data-processor")?);
    assert_eq!(finished.ended, Ended::Failed("FailedIndexes"));
    assert_eq!(finished.failed_indexes.iter().collect::<Vec<_>>(), [&3]);
    assert_eq!(finished.codes(), [0, 0, 0, 0, 66], "and is not tried again");
    let (_, exit) = finished.pods.iter().find(|(_, exit)| exit.code == 66).unwrap();
    assert!(exit.message.contains("data_3.csv"), "{}", exit.message);
    Ok(())
}

#[test]
fn wrong_settings_end_a_job_at_once() -> anyhow::Result<()> {
    let lab = Lab::start()?;
    lab.load_sample_data()?;
    for (folder, name) in [
        ("fixed-completions", "parallel-processor"),
        ("work-queue", "work-queue-processor"),
        ("indexed", "indexed-data-processor"),
        ("monthly-logs", "log-processor-monthly"),
        ("yearly-report", "log-report-yearly"),
        ("etl", "etl-challenge"),
        ("nightly", "transactions-nightly"),
        ("running-year", "logs-nightly"),
    ] {
        let mut job = lab.job(folder, name)?;
        let spec = job.spec.as_mut().unwrap();
        let parallelism = spec.parallelism.unwrap_or(1) as usize;
        spec.template.spec.as_mut().unwrap().containers[0]
            .args
            .as_mut()
            .unwrap()
            .push("--no-such-flag".to_owned());
        let finished = lab.run(&job);
        assert_eq!(finished.ended, Ended::Failed("PodFailurePolicy"), "{name}");
        assert!(finished.pods.len() <= parallelism, "{name}: {} pods", finished.pods.len());
        assert!(
            finished
                .pods
                .iter()
                .all(|(_, exit)| exit.code == 64 && exit.message.contains("--no-such-flag"))
        );
    }
    Ok(())
}

/// The lines of a guide's commands by section, as its headings count them: without what follows a
/// number sign, which is translated.
fn commands(guide: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(guide),
    )
    .unwrap();
    let sections = text.split("\n## ").map(|section| {
        let blocks = section.split("```").skip(1).step_by(2);
        let lines = blocks.flat_map(|block| block.lines().skip(1));
        lines.map(|line| line.split(" #").next().unwrap().trim_end().to_owned()).collect()
    });
    sections.collect()
}

#[test]
fn both_guides_give_the_same_commands() {
    let (english, spanish) = (commands("k8s/README.md"), commands("k8s/README.es.md"));
    assert_eq!(english.len(), spanish.len(), "sections");
    let mut compared = 0;
    for (english, spanish) in english.iter().zip(&spanish) {
        // The benchmark is told in short.
        if english.iter().any(|line| line.contains("make bench-jobs")) {
            assert!(spanish.iter().all(|line| english.contains(line)), "{spanish:?}");
            continue;
        }
        assert_eq!(english, spanish);
        compared += english.len();
    }
    assert!(compared > 50, "{compared} lines");
    let folders = kustomizations().unwrap();
    for line in english.iter().flatten() {
        for folder in line.split_whitespace().filter(|word| word.starts_with("k8s/overlays/")) {
            assert!(folders.contains(&folder.to_owned()), "{line}");
        }
    }
}

#[test]
fn a_queue_can_be_asked_in_a_restricted_namespace() -> anyhow::Result<()> {
    let lab = Lab::start()?;
    lab.load_sample_data()?;
    let asked = lab.run(&lab.job("ask-queue", "ask-queue")?);
    assert_complete(&asked);
    let (_, exit) = &asked.pods[0];
    assert!(exit.log.contains("10000") || exit.log.contains("10,000"), "{}", exit.log);
    assert_eq!(exit.message, "", "an answer is no end of any work");
    assert_complete(&lab.run(&lab.job("indexed", "indexed-data-processor")?));
    let asked = lab.run(&lab.job("ask-partitions", "ask-partitions")?);
    assert_complete(&asked);
    let (_, exit) = &asked.pods[0];
    assert!(exit.log.contains("total      10,000"), "{}", exit.log);
    assert!(exit.message.contains("\"rows\":10000"), "a summary is a Job's work: {}", exit.message);
    Ok(())
}

/// The workers' policy and that for metrics together let the port of the settings in, and the
/// Pushgateway's out.
#[test]
fn metrics_may_be_scraped_and_pushed() -> anyhow::Result<()> {
    let manifests = Manifests::render("k8s/overlays/kind/metrics")?;
    let settings = manifests
        .config_maps
        .iter()
        .find(|map| map.metadata.name.as_deref() == Some("job-workers"));
    let settings = settings.and_then(|map| map.data.clone()).unwrap();
    let port_of =
        |setting: &str| settings[setting].rsplit_once(':').unwrap().1.parse::<i32>().unwrap();
    let policy = &manifests.network_policies[0].spec.clone().unwrap();
    let port = |ports: Option<&Vec<NetworkPolicyPort>>| ports.unwrap()[0].port.clone();
    let ingress = port(policy.ingress.as_ref().unwrap()[0].ports.as_ref());
    assert_eq!(ingress, Some(IntOrString::Int(port_of("JOB_WORKER_METRICS_ADDR"))));
    let egress = port(policy.egress.as_ref().unwrap()[0].ports.as_ref());
    assert_eq!(egress, Some(IntOrString::Int(port_of("JOB_WORKER_PUSH_GATEWAY"))));
    // The workers take both settings.
    let cli = partition_worker::Cli::command();
    let with = |flag: &str, setting: &str| {
        let argument = format!("--{flag}={}", settings[setting]);
        cli.clone().try_get_matches_from(["partition-worker", "simulate", &argument]).map(drop)
    };
    with("metrics-addr", "JOB_WORKER_METRICS_ADDR")?;
    with("push-gateway", "JOB_WORKER_PUSH_GATEWAY")?;
    Ok(())
}

/// What the setting is that all Jobs share.
fn setting<'m>(manifests: &'m Manifests, name: &str) -> Option<&'m str> {
    let shared = manifests
        .config_maps
        .iter()
        .find(|map| map.metadata.name.as_deref() == Some("job-workers"))
        .expect("the settings are there");
    shared.data.as_ref()?.get(name).map(String::as_str)
}

/// The paths at which a pod's containers find a token of their service account.
fn token_mounts(pod: &PodSpec) -> Vec<String> {
    let is_token = |name: &str| {
        let volume = pod.volumes.iter().flatten().find(|volume| volume.name == name);
        let sources = volume.and_then(|volume| volume.projected.clone()?.sources);
        sources.iter().flatten().any(|source| source.service_account_token.is_some())
    };
    let mounts =
        pod.containers.iter().flat_map(|container| container.volume_mounts.iter().flatten());
    mounts.filter(|mount| is_token(&mount.name)).map(|mount| mount.mount_path.clone()).collect()
}

#[test]
fn a_cloud_gives_the_pods_a_role_where_a_component_says_so() -> anyhow::Result<()> {
    const RELEASE: &str = "k8s/overlays/release";
    let plain = Manifests::render(RELEASE)?;
    for component in ["aws-irsa", "aws-pod-identity", "web-identity", "gcp"] {
        let with = Manifests::render_with(RELEASE, component)?;
        assert_eq!(with.all_jobs().len(), plain.all_jobs().len(), "{component}");
        let mut mounted = 0;
        for job in with.all_jobs() {
            assert_eq!(broken_rules(&job), Vec::<String>::new(), "{component}: {job:?}");
            let pod = job.spec.and_then(|spec| spec.template.spec).expect("a pod");
            mounted += token_mounts(&pod).len();
            if let Some(file) = setting(&with, "AWS_WEB_IDENTITY_TOKEN_FILE") {
                let found = |mount: &String| file == format!("{mount}/token");
                assert!(token_mounts(&pod).iter().all(found), "{component}");
            }
        }
        let readers = plain.all_jobs().into_iter().filter(|job| {
            let labels = job.metadata.labels.clone().unwrap_or_default();
            labels["app.kubernetes.io/name"] != "queue-worker"
        });
        let expected = if component == "web-identity" { readers.count() } else { 0 };
        assert_eq!(mounted, expected, "{component}");
        let endpoint = setting(&with, "AWS_ENDPOINT_URL_S3");
        match component {
            "web-identity" => assert_eq!(endpoint, setting(&plain, "AWS_ENDPOINT_URL_S3")),
            "gcp" => assert_eq!(endpoint, Some("https://storage.googleapis.com")),
            _ => assert_eq!(endpoint, None, "{component}: AWS itself"),
        }
        assert_eq!(setting(&with, "AWS_ENDPOINT_URL"), None);
        let annotations = with.service_accounts[0].metadata.annotations.clone().unwrap_or_default();
        assert_eq!(
            annotations.contains_key("eks.amazonaws.com/role-arn"),
            component == "aws-irsa",
            "{component}"
        );
    }
    Ok(())
}
