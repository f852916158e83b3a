//! What can go wrong between a pod and its files.

use object_storage::ErrorKind;
use worker_runtime::Exit;

/// Why something could not be found, read or published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name of the input cannot be used.
    #[error("{0}")]
    Setting(String),
    /// The input's template is malformed.
    #[error(transparent)]
    Template(#[from] crate::input::TemplateError),
    /// Nothing to read.
    #[error(
        "no file matches {input}: check the name, and that the files were written before the Job \
         started"
    )]
    NoInput {
        /// The setting.
        input: String,
    },
    /// Nothing to read but names that are passed over.
    #[error(
        "no file matches {input} but {passed} whose names begin with _ or ., or end as backups do \
         (~, .bak), and are passed over: check the name, or name them in a pattern such as \
         _x/*.csv or *.bak"
    )]
    OnlyPassedOver {
        /// The setting.
        input: String,
        /// How many files are passed over.
        passed: usize,
    },
    /// A folder that a worker published to is not a whole result.
    #[error("{input} is no whole result of a worker: {problem}")]
    Unfinished {
        /// The setting.
        input: String,
        /// What is missing.
        problem: String,
    },
    /// The folder holds the results of another command.
    #[error(
        "{folder} holds the results of {theirs}, which {ours} would delete: give each command an \
         output folder of its own, or --force to replace what is there"
    )]
    OtherCommand {
        /// The partition's folder.
        folder: String,
        /// The command that published there.
        theirs: String,
        /// The command that was to publish there.
        ours: &'static str,
    },
    /// The folder holds an output of another name.
    #[error(
        "{folder} holds the output {theirs:?} of an earlier run, which this one, with the output \
         name {ours:?}, would delete: give each an output folder of its own, or --force to replace \
         what is there"
    )]
    OtherName {
        /// The partition's folder.
        folder: String,
        /// The name of the output that is there.
        theirs: String,
        /// The name of the output that was to be there.
        ours: String,
    },
    /// Another run, with other settings, publishes in the same folder at the same time.
    #[error(
        "{folder}: another run with another {differs} has published here while this one worked, \
         and two runs must not be mixed: give each run an output folder of its own, or start this \
         one again when the other has ended"
    )]
    OtherRun {
        /// The partition's folder.
        folder: String,
        /// In what the settings of the two differ.
        differs: String,
    },
    /// Another run of the same settings publishes other bytes in the same folder at the same time.
    #[error(
        "{folder}: another pod has published something else here while this one worked: has the \
         input changed, or does the program give another output each time? This attempt is given \
         up; the next one finds the work done, or does it again"
    )]
    Overtaken {
        /// The partition's folder.
        folder: String,
    },
    /// The compressed data is broken or cut short.
    #[error(
        "{source_name} is broken {compression} data near byte {offset} of its decompressed \
         contents; make or upload it again"
    )]
    Compressed {
        /// Name of the file.
        source_name: String,
        /// gzip or zstd.
        compression: &'static str,
        /// Decompressed bytes read before it.
        offset: u64,
        /// What the decoder says.
        source: std::io::Error,
    },
    /// Reading or publishing failed.
    #[error(transparent)]
    Storage(#[from] object_storage::Error),
    /// A name that does not fit below the output.
    #[error(transparent)]
    Location(#[from] object_storage::LocationError),
    /// A pipe or a file failed.
    #[error("input or output failed")]
    Io(#[from] std::io::Error),
}

impl Error {
    /// The exit code of this decision.
    pub fn exit(&self) -> Exit {
        match self {
            Error::Setting(_)
            | Error::Template(_)
            | Error::OtherCommand { .. }
            | Error::OtherName { .. }
            | Error::OtherRun { .. }
            | Error::Location(_) => Exit::Config,
            Error::NoInput { .. } | Error::OnlyPassedOver { .. } => Exit::NoInput,
            Error::Compressed { .. } | Error::Unfinished { .. } => Exit::BadInput,
            Error::Overtaken { .. } => Exit::Io,
            Error::Storage(error) => storage_exit(error),
            Error::Io(error) => object_storage::Error::find(error).map_or(Exit::Io, storage_exit),
        }
    }
}

/// The exit code for what happened at the storage.
pub fn storage_exit(error: &object_storage::Error) -> Exit {
    match error.kind() {
        ErrorKind::NotFound => Exit::NoInput,
        ErrorKind::Unavailable => Exit::Unavailable,
        ErrorKind::Io => Exit::Io,
        ErrorKind::Denied => Exit::Denied,
        ErrorKind::Configuration => Exit::Config,
        ErrorKind::Stopped => Exit::Terminated,
    }
}
