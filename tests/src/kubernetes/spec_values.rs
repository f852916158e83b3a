//! Small things that a spec and its containers need: references in texts, objects by their names,
//! folders for a user of a pod.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use k8s_openapi::api::core::v1::ConfigMap;

pub(super) fn named<'a>(maps: &'a [ConfigMap], name: &str) -> Option<&'a ConfigMap> {
    maps.iter().find(|map| map.metadata.name.as_deref() == Some(name))
}

/// Puts the values of known variables in the place of `$(NAME)`; what is not known stays.
pub(super) fn expand(text: &str, known: &[(String, String)]) -> String {
    known
        .iter()
        .rev()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("$({name})"), value))
}

pub(super) fn open_to_all(folder: &Path) -> anyhow::Result<()> {
    Ok(fs::set_permissions(folder, Permissions::from_mode(0o777))?)
}
