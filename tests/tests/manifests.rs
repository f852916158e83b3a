//! The manifests below `k8s/` without a cluster: read strictly, held against the API server's rules, and every Job run for real.

use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use system_tests::kubernetes::{Ended, Lab, Manifests, assert_complete, broken_rules, kustomizations};

#[test]
fn every_kustomization_is_made_of_objects_that_the_api_knows() -> anyhow::Result<()> {
    let folders = kustomizations()?;
    assert!(folders.len() >= 17, "{folders:?}");
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
            assert_eq!(broken_rules(&job), Vec::<String>::new(), "{folder}: {:?}", job.metadata.name);
            jobs += 1;
        }
    }
    assert!(jobs >= 22, "{jobs} Jobs");
    Ok(())
}

/// The processors that a pod asks for, in thousandths: its containers together, or the largest that prepares.
fn millicores(pod: &PodSpec) -> u64 {
    let of = |container: &Container| {
        let requests = container.resources.clone().and_then(|resources| resources.requests).unwrap_or_default();
        let Quantity(cpu) = requests["cpu"].clone();
        cpu.strip_suffix('m').map_or_else(|| cpu.parse::<u64>().unwrap() * 1000, |milli| milli.parse().unwrap())
    };
    let prepare = pod.init_containers.iter().flatten().map(of).max().unwrap_or(0);
    prepare.max(pod.containers.iter().map(of).sum())
}

/// What a cluster has on its only node besides takes a quarter of it.
#[test]
fn every_job_of_the_lab_fits_on_a_node_of_two_cores_beside_its_services() -> anyhow::Result<()> {
    let services = Manifests::render("k8s/overlays/kind")?.deployments;
    let services: u64 =
        services.iter().map(|of| millicores(of.spec.as_ref().unwrap().template.spec.as_ref().unwrap())).sum();
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

#[test]
fn a_job_that_breaks_a_rule_is_found_out() -> anyhow::Result<()> {
    let job = Manifests::render("k8s/base/indexed")?.job("indexed-data-processor");
    type Change = fn(&mut k8s_openapi::api::batch::v1::JobSpec);
    let changes: [Change; 12] = [
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
    let map = manifests.config_maps.iter().find(|map| map.metadata.name.as_deref() == Some("transactions-schema"));
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
        let container = &mut job.spec.as_mut().unwrap().template.spec.as_mut().unwrap().containers[0];
        container.args.as_mut().unwrap().extend(["--handler=simulate=500us".to_owned(), "--lease=2s".to_owned()]);
        container
            .args
            .as_mut()
            .unwrap()
            .retain(|argument| argument != "--handler=validate" && !argument.starts_with("--schema"));
        let finished = lab.run_and_kill(&job, queue, 4)?;
        assert_complete(&finished);
        assert_eq!(finished.codes().iter().filter(|code| **code == 137).count(), 4, "{:?}", finished.codes());
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
    ] {
        let mut job = lab.job(folder, name)?;
        let spec = job.spec.as_mut().unwrap();
        let parallelism = spec.parallelism.unwrap_or(1) as usize;
        spec.template.spec.as_mut().unwrap().containers[0].args.as_mut().unwrap().push("--no-such-flag".to_owned());
        let finished = lab.run(&job);
        assert_eq!(finished.ended, Ended::Failed("PodFailurePolicy"), "{name}");
        assert!(finished.pods.len() <= parallelism, "{name}: {} pods", finished.pods.len());
        assert!(finished.pods.iter().all(|(_, exit)| exit.code == 64 && exit.message.contains("--no-such-flag")));
    }
    Ok(())
}
