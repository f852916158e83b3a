//! Copies a file or an object: `cargo run --example copy -- in.csv s3://bucket/in.csv`.

use std::error::Error;
use std::io;

use clap::Parser;
use object_storage::{Condition, Location, Storage, StorageArgs};

/// Copies one file or object
#[derive(Parser)]
struct Args {
    /// What to copy: a path, or s3://BUCKET/KEY
    from: Location,
    /// Where to: a path, or s3://BUCKET/KEY
    to: Location,
    #[command(flatten)]
    storage: StorageArgs,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Args { from, to, storage } = Args::parse();
    let storage = Storage::new(&storage);
    let entry = storage.entry(&from)?.ok_or_else(|| format!("there is no {from}"))?;
    let mut upload = storage.create(&to)?;
    // Whatever keeps the last byte from coming is an error, and then nothing is at `to`.
    io::copy(&mut storage.open(&entry, 0..entry.size)?, &mut upload)?;
    upload.publish(Condition::Always)?;
    storage.close();
    Ok(())
}
