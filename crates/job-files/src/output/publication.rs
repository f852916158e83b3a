//! The folder of a partition: what it holds after a run, whether it is there already, and how it is
//! taken back.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use object_storage::{Location, Storage};
use worker_runtime::{About, Action, WorkerError, on_blocking_thread};

use crate::error::Error;
use crate::manifest::{LARGEST_JSON, MANIFEST_NAME, Manifest, OUTPUT_NAME, Work};
use crate::output::whole::Whole;
use crate::output::writer::Finished;

/// What is in the manifest's place.
pub(super) enum Found {
    Nothing,
    Manifest(Box<Manifest>),
    /// Something that is no manifest of this format, such as Spark's, which is empty.
    Unknown,
    /// This run may not look.
    Hidden,
}

/// A partition's folder.
#[derive(Clone)]
pub struct Publication {
    pub(super) storage: Storage,
    pub(super) folder: Location,
    pub(super) about: About,
    /// The command that publishes.
    command: &'static str,
    /// Whether this run has looked for a manifest before it began to work.
    pub(super) looked: Arc<OnceLock<()>>,
    /// What is there is of other work, and stays what it is.
    left_alone: Arc<OnceLock<()>>,
    /// The manifest that this run has taken away, whose outputs it replaces.
    withdrawn: Arc<OnceLock<Manifest>>,
    /// The dataset that the folder is a part of, and the folder's name there.
    whole: Option<Arc<(Whole, String)>>,
}

impl Publication {
    /// The folder of what `command` publishes. Touches nothing yet.
    pub fn new(storage: Storage, folder: Location, about: About, command: &'static str) -> Self {
        let (looked, left_alone, withdrawn) = Default::default();
        let whole = None;
        Publication { storage, folder, about, command, looked, left_alone, withdrawn, whole }
    }

    /// The same for a folder that lies in that of its dataset, under this name. The manifest of the
    /// dataset then goes wherever it would vouch for outputs that are not there any more.
    #[must_use]
    pub fn within(self, dataset: Location, name: String) -> Self {
        let whole = Whole::new(self.storage.clone(), dataset, self.about.name);
        Publication { whole: Some(Arc::new((whole, name))), ..self }
    }

    /// The folder itself.
    pub fn folder(&self) -> &Location {
        &self.folder
    }

    /// The manifest that is there, of whatever work.
    pub fn manifest(&self) -> Result<Option<Manifest>, Error> {
        let bytes =
            self.storage.read_if_present(&self.folder.join(MANIFEST_NAME)?, LARGEST_JSON)?;
        Ok(bytes.and_then(|bytes| Manifest::from_bytes(&bytes)))
    }

    /// The same at the start of a run: what is there later is of a run at the same time.
    pub(super) fn first_look(&self) -> Result<Option<Manifest>, Error> {
        let seen = self.manifest()?;
        let _ = self.looked.set(());
        Ok(seen)
    }

    /// What is in the manifest's place, for a run that publishes: one that may write and not look
    /// (a bucket for deliveries, with --force) is told what that means.
    pub(super) fn find(&self) -> Result<Found, Error> {
        let read = self.storage.read_if_present(&self.folder.join(MANIFEST_NAME)?, LARGEST_JSON);
        match read {
            Err(error @ object_storage::Error::Denied { .. }) => {
                tracing::warn!(
                    folder = %self.folder,
                    %error,
                    "whether an earlier run has published here cannot be seen; what it published \
                     is replaced file by file"
                );
                Ok(Found::Hidden)
            }
            read => Ok(read?.map_or(Found::Nothing, |bytes| {
                let manifest = Manifest::from_bytes(&bytes);
                manifest.map_or(Found::Unknown, |manifest| Found::Manifest(Box::new(manifest)))
            })),
        }
    }

    fn earlier_manifest(&self) -> Result<Option<Manifest>, Error> {
        Ok(match self.find()? {
            Found::Manifest(manifest) => Some(*manifest),
            Found::Hidden | Found::Nothing | Found::Unknown => None,
        })
    }

    /// Refuses a folder that holds the results of another command: what its manifest lists would be
    /// deleted.
    pub(super) fn refuse_other(&self, manifest: &Manifest) -> Result<(), Error> {
        if manifest.work.command == self.command {
            return Ok(());
        }
        Err(Error::OtherCommand {
            folder: self.folder.to_string(),
            theirs: manifest.work.command.clone(),
            ours: self.command,
        })
    }

    /// The same for results of the command itself, with a name that other settings have chosen.
    pub(super) fn refuse_other_name(&self, manifest: &Manifest, work: &Work) -> Result<(), Error> {
        let name = |work: &'_ Work| work.settings.get(OUTPUT_NAME).cloned();
        match (name(&manifest.work), name(work)) {
            (Some(theirs), Some(ours)) if theirs != ours => {
                let _ = self.left_alone.set(());
                Err(Error::OtherName { folder: self.folder.to_string(), theirs, ours })
            }
            _ => Ok(()),
        }
    }

    /// Takes the manifest of an earlier run away, if there is one, whatever command it is of: for
    /// settings that say that the work is to be done again. What it lists is named in the log where
    /// it is another command's.
    ///
    /// # Errors
    ///
    /// As [`Publication::withdraw`].
    pub fn withdraw_by_force(&self) -> Result<(), Error> {
        let _ = self.looked.set(());
        if let Some(earlier) = self.earlier_manifest()?
            && self.refuse_other(&earlier).is_err()
        {
            tracing::warn!(
                folder = %self.folder,
                command = earlier.work.command,
                files = names_of(&earlier).join(", "),
                "the results of another command are replaced, by --force"
            );
        }
        self.withdraw()
    }

    /// Takes the manifest of an earlier run away, if there is one: whoever reads the folder from
    /// now on sees that nothing vouches for its outputs, which stay until others replace them. A
    /// run calls this before it does the work again, so that wherever it ends, nobody takes the
    /// results of the run before for its own.
    ///
    /// # Errors
    ///
    /// When the manifest cannot be looked at or deleted.
    pub fn withdraw(&self) -> Result<(), Error> {
        if let Some(earlier) = self.earlier_manifest()? {
            self.storage.delete(&self.folder.join(MANIFEST_NAME)?)?;
            tracing::debug!(
                folder = %self.folder,
                "{MANIFEST_NAME} of an earlier run is taken away"
            );
            // A second call finds no manifest, unless another pod has just written one.
            let _ = self.withdrawn.set(earlier);
        }
        // An index that is no part of the dataset, as one past their number, changes nothing there.
        let Some((whole, name)) = self.whole.as_deref() else { return Ok(()) };
        whole.withdraw_if(|manifest| manifest.has_part(name))
    }

    /// The outcome of a step before a run knows whether an earlier one has done its work: to find
    /// the input, or to read the schema. If it failed for good, the manifest is withdrawn. A
    /// failure that Kubernetes tries again leaves it to the next attempt: a server that is away
    /// for a minute must not cost what is finished.
    ///
    /// # Errors
    ///
    /// Those of the step, and no others: that a manifest could not be withdrawn is logged.
    pub async fn withdraw_on_failure<T: Send + 'static, E: WorkerError + Send + 'static>(
        &self,
        outcome: Result<T, E>,
    ) -> Result<T, E> {
        let error = match outcome {
            Err(error) if error.exit().action() != Action::Retry => error,
            outcome => return outcome,
        };
        let publication = self.clone();
        let withdrawn = on_blocking_thread(move || match publication.earlier_manifest()? {
            // The results of another command stay what they are.
            Some(_) if publication.left_alone.get().is_some() => Ok(()),
            Some(earlier) if publication.refuse_other(&earlier).is_err() => Ok(()),
            _ => publication.withdraw(),
        })
        .await;
        if let Err(problem) = withdrawn {
            tracing::warn!(
                folder = %self.folder,
                error = %problem,
                "whether an earlier run has left a {MANIFEST_NAME} here cannot be told; if there \
                 is one, it does not vouch for this run"
            );
        }
        Err(error)
    }

    /// Whether every output that a manifest names is there, in its size.
    pub fn is_whole(&self, manifest: &Manifest) -> Result<bool, Error> {
        for output in &manifest.outputs {
            let entry = self.storage.entry(&self.folder.join(&output.name)?)?;
            if entry.is_none_or(|entry| entry.size != output.size_bytes) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the manifest of the dataset away, if there is one and it has this partition. One that
    /// holds just the outputs that are about to be published stays: another pod of this index has
    /// published the same ones before and all is finished, and if this pod were killed now, nobody
    /// would finish it again.
    ///
    /// The folder's own manifest has gone before, see `finish.rs`.
    pub(super) fn withdraw_whole(&self, unless: Option<&[Finished]>) -> Result<(), Error> {
        let Some((whole, name)) = self.whole.as_deref() else { return Ok(()) };
        let files = unless.map(|outputs| outputs.iter().map(Finished::file).collect::<Vec<_>>());
        whole.withdraw_if(|manifest| match &files {
            Some(files) => !manifest.holds(name, files),
            None => manifest.is_of(name),
        })
    }

    /// Takes away what was published here, its manifest first, so that no reader trusts what is
    /// left of it. Whether there was a manifest: without one nobody knows what was published.
    ///
    /// # Errors
    ///
    /// When it cannot be looked at or deleted. Without permission to list a bucket, S3 answers 403
    /// where there is nothing: then there is nothing that can be seen.
    pub fn remove(&self) -> Result<bool, Error> {
        let manifest = match self.manifest() {
            Err(Error::Storage(object_storage::Error::Denied { .. })) => return Ok(false),
            seen => seen?,
        };
        if manifest.is_some() {
            self.withdraw()?;
            self.retract(None, &[])?;
        }
        Ok(manifest.is_some())
    }

    /// Takes back what a run of other work published: its manifest first, so that no reader ever
    /// trusts a mixture, then the outputs that this run does not replace. So it is with the outputs
    /// of the manifest that was withdrawn.
    pub(super) fn retract(&self, stale: Option<&Manifest>, replaced: &[&str]) -> Result<(), Error> {
        if stale.is_some() {
            self.storage.delete(&self.folder.join(MANIFEST_NAME)?)?;
        }
        let old: BTreeSet<&str> =
            stale.into_iter().chain(self.withdrawn.get()).flat_map(names_of).collect();
        let old: Vec<&str> = old.into_iter().filter(|name| !replaced.contains(name)).collect();
        for name in &old {
            self.storage.delete(&self.folder.join(name)?)?;
        }
        if !old.is_empty() {
            tracing::warn!(
                folder = %self.folder,
                files = old.join(", "),
                "outputs of an earlier run that this one does not have are deleted"
            );
        }
        Ok(())
    }
}

fn names_of(manifest: &Manifest) -> Vec<&str> {
    manifest.outputs.iter().map(|output| output.name.as_str()).collect()
}
