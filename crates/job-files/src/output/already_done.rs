//! Whether an earlier run has done the same work.

use super::publication::Publication;
use crate::error::Error;
use crate::manifest::{InputFile, Manifest, Work, different};

/// The manifest of an earlier run of `work` (its input not yet filled in), if its input was that of
/// `input` and all of its outputs are there. Otherwise the work is to be done again, and the
/// manifest of other work is gone. `input` is asked for last: local files are read for it, objects
/// are known by their entity tags.
///
/// # Errors
///
/// When what is there cannot be looked at, is another command's, or the manifest cannot be taken
/// away.
pub fn already_done<E: From<Error>>(
    publication: &Publication,
    work: &Work,
    input: impl FnOnce() -> Result<Vec<InputFile>, E>,
) -> Result<Option<Manifest>, E> {
    let Some(manifest) = publication.first_look()? else { return Ok(None) };
    let again = |why: &str| {
        tracing::info!("the work is done again: {why}");
        // Comparing reads the input, which takes a while: another pod of this index may have
        // finished meanwhile.
        if publication.manifest()?.as_ref() == Some(&manifest) {
            publication.withdraw()?;
        }
        Ok(None)
    };
    publication.refuse_other(&manifest)?;
    publication.refuse_other_name(&manifest, work)?;
    if let Some(why) = work.newer_than(&manifest.work) {
        return again(&why);
    }
    if manifest.work.partitions != work.partitions {
        return again("an earlier run had another number of partitions");
    }
    if let Some(names) = different(&manifest.work.settings, &work.settings) {
        return again(&format!("an earlier run had other settings, schema or files: {names}"));
    }
    if manifest.work.input != input()? {
        return again("the input has changed since an earlier run");
    }
    if !publication.is_whole(&manifest)? {
        return again("outputs of an earlier run are missing or cut short");
    }
    Ok(Some(manifest))
}
