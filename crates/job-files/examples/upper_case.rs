//! Publishes all files that a name stands for as one, in capital letters, with a manifest:
//! `cargo run --example upper_case -- 'in/*.txt' out/`.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read as _;

use job_files::{Compression, Input, OpenSource, Output, Publication, Source, Work};
use object_storage::{Storage, StorageArgs};
use worker_runtime::{About, Pod};

fn main() -> Result<(), Box<dyn Error>> {
    let mut names = std::env::args().skip(1);
    let (input, folder) = (names.next().ok_or("INPUT")?, names.next().ok_or("OUTPUT")?.parse()?);
    let pod = Pod::detached(About { name: "upper-case", version: "1" });
    let storage = Storage::new(&StorageArgs::default());
    let mut output = Output::create(&storage, &folder, "all.txt", Compression::Gzip)?;
    let mut work = Work {
        command: "upper-case".to_owned(),
        output_version: 1,
        index: 0,
        partitions: 1,
        settings: BTreeMap::new(),
        input: Vec::new(),
    };
    for source in Input::parse(&input)?.find(&storage)?.into_iter().map(Source::from) {
        let (extent, progress) = (source.extent(0), pod.progress("bytes", None));
        let mut source = OpenSource::new(&storage, source, extent, progress)?;
        let mut text = Vec::new();
        source.read_to_end(&mut text)?;
        text.make_ascii_uppercase();
        output.take(&mut text, true)?;
        work.input.push(source.into_fingerprint());
    }
    let publication = Publication::new(storage, folder, pod.about, "upper-case");
    publication.commit(vec![output.finish()?], work, BTreeMap::new())?;
    Ok(())
}
