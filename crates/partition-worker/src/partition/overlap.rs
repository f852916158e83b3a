//! Refuses to publish into the input: what one partition publishes there would be read as input by
//! other partitions and by the next run.

use std::collections::BTreeSet;

use job_files::{Source, below, part_folder};
use object_storage::Location;

use super::input::PartitionInput;
use crate::error::Error;

/// Compares the settings: whether files called `outputs` of any partition below `output` would be
/// input.
pub(crate) fn refuse(
    input: &PartitionInput,
    output: &Location,
    outputs: &[&str],
) -> Result<(), Error> {
    let folder_of_an_index;
    let input = match input {
        PartitionInput::Dealt(input)
        | PartitionInput::Whole(input)
        | PartitionInput::Bytes(input) => input,
        // Looked at for the first index, as the output is the same for all.
        PartitionInput::Folders(template) => {
            let name = template.expand(&[("index", 0), ("total", 1)]);
            folder_of_an_index = job_files::Input::parse(&name)?;
            &folder_of_an_index
        }
        PartitionInput::Template(_) | PartitionInput::Listed(_) => return Ok(()),
    };
    let published: Vec<String> =
        outputs.iter().map(|output| format!("part-00000/{output}")).collect();
    let published: Vec<&str> = published.iter().map(String::as_str).collect();
    let inside = input.would_read(output, &published);
    if inside { Err(refused(output)) } else { Ok(()) }
}

/// Looks at the files that were found: refuses those in a partition's folder below `output`,
/// however their names are written.
pub(crate) fn refuse_found(sources: &[Source], output: &Location) -> Result<(), Error> {
    let mut looked_at = BTreeSet::new();
    for source in sources {
        let name = source.entry.location.to_string();
        let Some((folder, _)) = part_folder(&name) else { continue };
        if looked_at.insert(folder.to_owned())
            && let Ok(folder) = folder.parse()
            && below(&folder, output).is_some_and(|name| {
                part_folder(&format!("{name}/x")).is_some_and(|(part, _)| part == name)
            })
        {
            return Err(refused(output));
        }
    }
    Ok(())
}

fn refused(output: &Location) -> Error {
    Error::Setting(format!(
        "the output {output} lies inside the input: what is published there would be read as \
         input by other partitions and later runs; publish to a folder of its own, beside the \
         input"
    ))
}
