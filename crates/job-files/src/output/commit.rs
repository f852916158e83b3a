//! The last step of a run: its outputs become visible, and then the manifest that vouches for them.
//!
//! Two runs may be there at the same moment. Where they are twins, of the same work, their bytes
//! are the same, and nothing can get mixed. Other work must not get mixed with this one, and a run
//! never ends well whose folder is not its own:
//!
//! - What has appeared since this run first looked is of a run at the same time, and stays.
//! - A local folder is locked meanwhile, where its file system can.
//! - Elsewhere (S3) the manifest is put only where none is, so that one of two runs is refused; and
//!   before and after it the outputs are looked at: are they still those that this run put there?
//!   The run that is refused takes away the manifest, since it has replaced what that vouches for.

use std::collections::BTreeMap;

use blake3::Hasher;
use object_storage::{Condition, Entry, Location, Published};

use super::publication::{Found, Publication};
use super::writer::Finished;
use crate::error::Error;
use crate::manifest::{
    MANIFEST_FORMAT, MANIFEST_NAME, Manifest, OutputFile, Work, different, settings_of_the_run,
};

/// Outputs that are published at once.
const AT_ONCE: usize = 4;

impl Publication {
    /// Publishes the outputs, and last the manifest that vouches for them.
    ///
    /// # Errors
    ///
    /// [`Error::OtherRun`] or [`Error::Overtaken`] where another run does so at the same time.
    pub fn commit(
        &self,
        outputs: Vec<Finished>,
        work: Work,
        counts: BTreeMap<String, u64>,
    ) -> Result<(), Error> {
        let lock = self.storage.lock(&self.folder)?;
        let manifest = Manifest {
            format: MANIFEST_FORMAT,
            worker: self.about.name.to_owned(),
            version: self.about.version.to_owned(),
            work,
            counts,
            outputs: outputs.iter().map(|output| output.file().clone()).collect(),
        };
        let found = self.find()?;
        let has_looked = self.looked.get().is_some();
        // A twin may have finished meanwhile. Its manifest stays true throughout.
        let is_twin = matches!(&found, Found::Manifest(other) if other.is_as(&manifest));
        if is_twin && has_looked && self.is_whole(&manifest)? {
            return Ok(());
        }
        let may_look = !matches!(found, Found::Hidden);
        let stale = if is_twin { None } else { self.replaced(found, &manifest.work)? };
        let names: Vec<&str> = manifest.outputs.iter().map(|output| &*output.name).collect();
        self.retract(stale.as_ref(), &names)?;
        self.withdraw_whole(Some(&outputs))?;
        let published = publish(outputs)?;
        if lock.is_some() || !may_look {
            self.storage.put(&self.folder.join(MANIFEST_NAME)?, manifest.to_bytes())?;
            return Ok(());
        }
        self.vouch(&manifest, &published).inspect_err(|error| self.give_up(error))
    }

    /// Publishes outputs that are not good enough for a manifest; `withheld` are those that must
    /// not be there.
    ///
    /// # Errors
    ///
    /// As [`Publication::commit`].
    pub fn commit_without_manifest(
        &self,
        outputs: Vec<Finished>,
        withheld: &[&str],
        work: &Work,
    ) -> Result<(), Error> {
        let lock = self.storage.lock(&self.folder)?;
        let names: Vec<&str> = outputs.iter().map(|output| output.file().name.as_str()).collect();
        let stale = self.replaced(self.find()?, work)?;
        self.retract(stale.as_ref(), &names)?;
        self.withdraw_whole(None)?;
        for name in withheld {
            self.storage.delete(&self.folder.join(name)?)?;
        }
        publish(outputs)?;
        match lock {
            Some(_) => Ok(()),
            // Whoever has finished in between vouches for what is no longer there.
            None => match self.manifest()? {
                Some(other) => Err(self.rival(&other, work)).inspect_err(|e| self.give_up(e)),
                None => Ok(()),
            },
        }
    }

    /// What is there of an earlier run, and may be replaced. What is no manifest is taken away.
    fn replaced(&self, found: Found, work: &Work) -> Result<Option<Manifest>, Error> {
        match found {
            Found::Hidden | Found::Nothing => Ok(None),
            Found::Unknown => {
                self.storage.delete(&self.folder.join(MANIFEST_NAME)?)?;
                Ok(None)
            }
            Found::Manifest(other) => {
                self.refuse_other(&other)?;
                // What was there at the start has been withdrawn.
                if self.looked.get().is_some() {
                    Err(self.rival(&other, work))
                } else {
                    Ok(Some(*other))
                }
            }
        }
    }

    /// Puts the manifest beside outputs that nobody is kept away from.
    fn vouch(
        &self,
        manifest: &Manifest,
        published: &[(OutputFile, Published)],
    ) -> Result<(), Error> {
        let at = self.folder.join(MANIFEST_NAME)?;
        self.check_own(published)?;
        let when = match &self.folder {
            Location::S3 { .. } => Condition::IfAbsent,
            // It takes a hard link, which not every file system has.
            Location::Local(_) => Condition::Always,
        };
        match self.storage.put_when(&at, manifest.to_bytes(), when) {
            Err(object_storage::Error::AlreadyExists { .. }) => match self.manifest()? {
                Some(other) if other.is_as(manifest) => {}
                Some(other) => return Err(self.rival(&other, &manifest.work)),
                // It has just been withdrawn.
                None => return Err(self.overtaken()),
            },
            put => {
                put?;
            }
        }
        self.check_own(published)
    }

    /// Whether the outputs are still those that this run, or a twin, has published.
    fn check_own(&self, published: &[(OutputFile, Published)]) -> Result<(), Error> {
        for (file, published) in published {
            let entry = match self.storage.entry(&self.folder.join(&file.name)?) {
                // A run that may write and not look.
                Err(object_storage::Error::Denied { .. }) => return Ok(()),
                entry => entry?,
            };
            let is_own = match &entry {
                Some(entry) if entry.size == file.size_bytes => {
                    published.version.as_ref() == Some(&entry.version)
                        || self.hash(entry)? == file.blake3
                }
                _ => false,
            };
            if !is_own {
                return Err(self.overtaken());
            }
        }
        Ok(())
    }

    /// The hash of what is there: a server that encrypts gives a twin's equal bytes another tag.
    fn hash(&self, entry: &Entry) -> Result<String, Error> {
        let mut hasher = Hasher::new();
        std::io::copy(&mut self.storage.open(entry, 0..entry.size)?, &mut hasher)?;
        Ok(hasher.finalize().to_string())
    }

    /// Takes the manifest away that another run has put there, or this one, beside outputs of both.
    fn give_up(&self, error: &Error) {
        if !matches!(error, Error::OtherRun { .. } | Error::Overtaken { .. }) {
            return;
        }
        let delete = || {
            self.storage.delete(&self.folder.join(MANIFEST_NAME)?)?;
            self.withdraw_whole(None)
        };
        if let Err(problem) = delete() {
            tracing::error!(
                folder = %self.folder,
                error = %problem,
                "{MANIFEST_NAME} stands beside outputs of two runs, and cannot be taken away: \
                 delete it"
            );
        }
    }

    /// Another run has published since this one began.
    fn rival(&self, other: &Manifest, work: &Work) -> Error {
        let own = |work: &Work| {
            let shared = settings_of_the_run(&work.settings).into_iter();
            shared.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let differs = different(&own(work), &own(&other.work)).or_else(|| {
            (work.partitions != other.work.partitions).then(|| "number of partitions".to_owned())
        });
        match differs {
            Some(differs) => Error::OtherRun { folder: self.folder.to_string(), differs },
            None => self.overtaken(),
        }
    }

    fn overtaken(&self) -> Error {
        Error::Overtaken { folder: self.folder.to_string() }
    }
}

/// Publishes the outputs, some at once: each waits for a disk or a server most of the time. In
/// which order they get there tells nobody anything, since readers trust the manifest alone.
fn publish(outputs: Vec<Finished>) -> Result<Vec<(OutputFile, Published)>, Error> {
    let (mut published, mut rest) = (Vec::with_capacity(outputs.len()), outputs.into_iter());
    loop {
        let some: Vec<Finished> = rest.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok(published);
        }
        std::thread::scope(|threads| {
            let running = some.into_iter().map(|output| {
                std::thread::Builder::new()
                    .name("publisher".to_owned())
                    .spawn_scoped(threads, || output.publish())
            });
            let running: Vec<_> = running.collect::<Result<_, _>>()?;
            for thread in running {
                published
                    .push(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok::<(), Error>(())
        })?;
    }
}
