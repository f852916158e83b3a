//! What the spec of a pod says of a container: its environment and what is mounted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use k8s_openapi::api::core::v1::{Container, EnvVar};

use super::container::{Cluster, Pod};
use super::spec_values::{expand, named, open_to_all};

impl Cluster {
    /// The variables, in the order in which the kubelet makes them: later ones win, and may speak
    /// of earlier ones.
    pub(super) fn environment(
        &self,
        pod: &Pod,
        container: &Container,
    ) -> anyhow::Result<Vec<(String, String)>> {
        let services = self.services.iter().flat_map(|(name, (host, port))| {
            let name = name.to_uppercase().replace('-', "_");
            [
                (format!("{name}_SERVICE_HOST"), host.clone()),
                (format!("{name}_SERVICE_PORT"), port.to_string()),
            ]
        });
        let mut all: Vec<(String, String)> = services.collect();
        for from in container.env_from.iter().flatten() {
            if let Some(of) = &from.config_map_ref {
                let found = named(&self.manifests.config_maps, &of.name);
                all.extend(
                    found
                        .with_context(|| format!("no ConfigMap {}", of.name))?
                        .data
                        .clone()
                        .unwrap_or_default(),
                );
            }
            if let Some(of) = &from.secret_ref {
                let secrets = &self.manifests.secrets;
                let found = secrets
                    .iter()
                    .find(|secret| secret.metadata.name.as_deref() == Some(of.name.as_str()));
                match found {
                    Some(secret) => all.extend(secret.string_data.clone().unwrap_or_default()),
                    None => ensure!(of.optional == Some(true), "no Secret {}", of.name),
                }
            }
        }
        for variable in container.env.iter().flatten() {
            let value = value_of(variable, pod)?;
            let value = expand(&value, &all);
            all.push((variable.name.clone(), value));
        }
        if let Some(index) = pod.index {
            all.push(("JOB_COMPLETION_INDEX".to_owned(), index.to_string()));
        }
        Ok(all)
    }

    /// Where each folder of the container is on this machine.
    pub(super) fn mounts(
        &self,
        pod: &Pod,
        container: &Container,
        folder: &Path,
    ) -> anyhow::Result<Vec<(String, PathBuf)>> {
        let mut mounts = Vec::new();
        for mount in container.volume_mounts.iter().flatten() {
            let volume = pod.spec.volumes.iter().flatten().find(|volume| volume.name == mount.name);
            let volume = volume.with_context(|| format!("no volume {}", mount.name))?;
            let at = folder.join(&volume.name);
            if !at.exists() {
                fs::create_dir(&at)?;
                if let Some(source) = &volume.config_map {
                    let files = named(&self.manifests.config_maps, &source.name)
                        .context("no ConfigMap of that name")?;
                    for (name, text) in files.data.iter().flatten() {
                        fs::write(at.join(name), text)?;
                    }
                }
                open_to_all(&at)?;
            }
            mounts.push((mount.mount_path.clone(), at));
        }
        Ok(mounts)
    }
}

fn value_of(variable: &EnvVar, pod: &Pod) -> anyhow::Result<String> {
    let Some(source) = &variable.value_from else {
        return Ok(variable.value.clone().unwrap_or_default());
    };
    let field = source.field_ref.as_ref().context("a variable is a value or a field of the pod")?;
    let label =
        field.field_path.strip_prefix("metadata.labels['").and_then(|rest| rest.strip_suffix("']"));
    match (field.field_path.as_str(), label) {
        ("metadata.name", _) => Ok(pod.name.clone()),
        (path, Some(label)) => pod
            .labels
            .get(label)
            .cloned()
            .with_context(|| format!("{path}: there is no such label")),
        (path, None) => anyhow::bail!("{path}: nobody expects that field"),
    }
}
