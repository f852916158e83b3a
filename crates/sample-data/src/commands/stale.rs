//! Files of an earlier run that a worker might take for this run's.

use std::collections::HashSet;

use object_storage::{Error, Location, Storage};

use crate::transactions::Truth;

/// Warns when the folder has data files that this run has not written, such as those of a run with
/// more partitions.
pub(crate) fn warn_of_stale_files(
    storage: &Storage,
    folder: &Location,
    truth: &Truth,
) -> Result<(), Error> {
    let entries = storage.list(folder)?;
    let written: HashSet<&str> = truth.files().collect();
    let names = entries.iter().filter_map(|entry| entry.location.file_name());
    let stale: Vec<&str> =
        names.filter(|name| is_data_file(name) && !written.contains(name)).collect();
    if let Some(first) = stale.first() {
        tracing::warn!(
            files = stale.len(),
            first,
            folder = %folder,
            "there are data files of an earlier run with other settings; remove them, or give each \
             run a folder of its own"
        );
    }
    Ok(())
}

/// Whether the name is that of a partition's file, under any compression.
fn is_data_file(name: &str) -> bool {
    let Some((index, ending)) = name.strip_prefix("data_").and_then(|rest| rest.split_once('.'))
    else {
        return false;
    };
    !index.is_empty()
        && index.bytes().all(|byte| byte.is_ascii_digit())
        && ["csv", "csv.gz", "csv.zst"].contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::is_data_file;

    #[test]
    fn only_what_a_run_writes_is_a_data_file() {
        for name in ["data_0.csv", "data_12.csv.gz", "data_3.csv.zst"] {
            assert!(is_data_file(name), "{name}");
        }
        for name in
            ["data_.csv", "data_x.csv", "data_0.csv.bak", "data_0", "truth.json", "my_data_0.csv"]
        {
            assert!(!is_data_file(name), "{name}");
        }
    }
}
