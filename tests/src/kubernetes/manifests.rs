//! The manifests as `kubectl kustomize` renders them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret, Service, ServiceAccount};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a kustomization is made of, each object as its type of the Kubernetes API.
#[derive(Debug, Default)]
pub struct Manifests {
    /// Jobs.
    pub jobs: Vec<Job>,
    /// Jobs by the clock.
    pub cron_jobs: Vec<CronJob>,
    /// Settings and files.
    pub config_maps: Vec<ConfigMap>,
    /// Credentials.
    pub secrets: Vec<Secret>,
    /// Who the pods are.
    pub service_accounts: Vec<ServiceAccount>,
    /// Names of services.
    pub services: Vec<Service>,
    /// The services' pods.
    pub deployments: Vec<Deployment>,
    /// Who may speak to whom.
    pub network_policies: Vec<NetworkPolicy>,
    /// The namespace, where it is made.
    pub namespaces: Vec<Namespace>,
}

impl Manifests {
    /// Renders a folder with a kustomization below `k8s/`.
    ///
    /// # Errors
    ///
    /// If kubectl cannot render it, or an object has a field that its type has not, or is of a
    /// type that no Job needs.
    pub fn render(folder: &str) -> anyhow::Result<Manifests> {
        let path = root().join(folder);
        let output = Command::new("kubectl").arg("kustomize").arg(&path).output().context(
            "kubectl must be on the PATH, 1.27 or newer \
             (https://kubernetes.io/docs/tasks/tools/); `make test` fetches one where it is not",
        )?;
        ensure!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout)?;
        let mut all = Manifests::default();
        for object in serde_saphyr::from_multiple::<Value>(&text)
            .with_context(|| format!("{folder} is no YAML"))?
        {
            let what = format!("{folder}: {} {}", object["kind"], object["metadata"]["name"]);
            all.add(object).context(what)?;
        }
        Ok(all)
    }

    /// Renders a folder together with a component of `k8s/components/`, as somebody does who puts
    /// both into a kustomization of their own.
    ///
    /// # Errors
    ///
    /// As [`Manifests::render`].
    pub fn render_with(folder: &str, component: &str) -> anyhow::Result<Manifests> {
        // Kustomize takes what lies elsewhere only by a relative path.
        let own = tempfile::tempdir_in(root().join("target"))?;
        let name = own.path().file_name().context("a folder has a name")?.to_string_lossy();
        let text = format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\
             resources: [../../{folder}]\ncomponents: [../../k8s/components/{component}]\n"
        );
        std::fs::write(own.path().join("kustomization.yaml"), text)?;
        Manifests::render(&format!("target/{name}"))
    }

    fn add(&mut self, object: Value) -> anyhow::Result<()> {
        match (
            object["apiVersion"].as_str().unwrap_or_default(),
            object["kind"].as_str().unwrap_or_default(),
        ) {
            ("batch/v1", "Job") => self.jobs.push(strict(object)?),
            ("batch/v1", "CronJob") => self.cron_jobs.push(strict(object)?),
            ("v1", "ConfigMap") => self.config_maps.push(strict(object)?),
            ("v1", "Secret") => self.secrets.push(strict(object)?),
            ("v1", "ServiceAccount") => self.service_accounts.push(strict(object)?),
            ("v1", "Service") => self.services.push(strict(object)?),
            ("v1", "Namespace") => self.namespaces.push(strict(object)?),
            ("apps/v1", "Deployment") => self.deployments.push(strict(object)?),
            ("networking.k8s.io/v1", "NetworkPolicy") => {
                self.network_policies.push(strict(object)?)
            }
            (version, kind) => bail!("nobody expects a {version} {kind}"),
        }
        Ok(())
    }

    /// The Job of this name; that of a CronJob is made as its controller makes it.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn job(&self, name: &str) -> Job {
        let is_named = |found: Option<&String>| found.is_some_and(|found| found == name);
        let cron =
            self.cron_jobs.iter().find(|cron| is_named(cron.metadata.name.as_ref())).map(|cron| {
                let template = cron.spec.clone().expect("a CronJob has a spec").job_template;
                let mut metadata = template.metadata.unwrap_or_default();
                metadata.name = Some(format!("{name}-29000000"));
                Job { metadata, spec: template.spec, status: None }
            });
        let job = || self.jobs.iter().find(|job| is_named(job.metadata.name.as_ref())).cloned();
        cron.or_else(job).unwrap_or_else(|| panic!("there is no Job {name}"))
    }

    /// All Jobs, those of CronJobs too.
    pub fn all_jobs(&self) -> Vec<Job> {
        let names = self
            .cron_jobs
            .iter()
            .map(|cron| &cron.metadata)
            .chain(self.jobs.iter().map(|job| &job.metadata));
        names.map(|metadata| self.job(metadata.name.as_deref().unwrap_or_default())).collect()
    }
}

/// Every folder below `k8s/` that can be applied: those whose kustomization is no component.
pub fn kustomizations() -> anyhow::Result<Vec<String>> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from("k8s")]);
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(root().join(&folder))? {
            let item = item?;
            if item.file_type()?.is_dir() {
                folders.push(folder.join(item.file_name()));
            } else if item.file_name() == "kustomization.yaml"
                && std::fs::read_to_string(item.path())?
                    .lines()
                    .any(|line| line == "kind: Kustomization")
            {
                found.push(folder.display().to_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn strict<T: DeserializeOwned>(object: Value) -> anyhow::Result<T> {
    let mut unknown = Vec::new();
    let read = serde_ignored::deserialize(object, |path| unknown.push(path.to_string()))?;
    ensure!(unknown.is_empty(), "the API has no such fields: {}", unknown.join(", "));
    Ok(read)
}

/// The repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
