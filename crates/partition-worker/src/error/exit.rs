//! What the worker exits with for each error.

use job_files::storage_exit;
use worker_runtime::{Exit, WorkerError};

use super::Error;

impl WorkerError for Error {
    fn exit(&self) -> Exit {
        match self {
            Error::Identity(error) => error.exit(),
            Error::Setting(_)
            | Error::MixedFolder { .. }
            | Error::DependsOn(_)
            | Error::Schema { .. }
            | Error::Checks { .. }
            | Error::SplitCompressed { .. }
            | Error::SplitSepLine { .. }
            | Error::Location(_) => Exit::Config,
            Error::NoHeader { .. }
            | Error::Header { .. }
            | Error::BrokenHeader { .. }
            | Error::HeadersDiffer { .. }
            | Error::Encoding { .. }
            | Error::OtherEncoding { .. }
            | Error::NotOfEncoding { .. }
            | Error::SepLine { .. }
            | Error::OwnDelimiter { .. }
            | Error::ReturnedBesideOrdinary { .. }
            | Error::OwnColumnsMoved { .. }
            | Error::TwoFormats { .. }
            | Error::NotJsonLines { .. }
            | Error::NotCsv { .. }
            | Error::BrokenParquet { .. }
            | Error::RecordTooLong { .. }
            | Error::QuotedLineBreak { .. }
            | Error::UnclosedQuote { .. }
            | Error::NoFinalNewline { .. }
            | Error::Unfit { .. }
            | Error::NullInCsv { .. } => Exit::BadInput,
            Error::Whole(error) => error.exit(),
            Error::Files(error) => error.exit(),
            Error::Program { exit, .. } | Error::ProgramStart { exit, .. } => *exit,
            // As a program that fails in its own way.
            Error::UnreadInput { .. } | Error::Parquet(_) => Exit::Bug,
            Error::Stopped => Exit::Terminated,
            // A schema that is not there is a mistake of the manifest, for every index alike.
            Error::SchemaMissing(error)
            | Error::ChecksMissing(error)
            | Error::DescriptorMissing(error) => match storage_exit(error) {
                Exit::NoInput => Exit::Config,
                exit => exit,
            },
            Error::Storage(error) => storage_exit(error),
            Error::Io(error) => object_storage::Error::find(error).map_or(Exit::Io, storage_exit),
        }
    }
}
