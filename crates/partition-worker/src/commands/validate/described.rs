//! What descriptors say of the input: its schema, with the checks over its rows, and its dialect.

use csv_records::translation::InputEncoding;
use job_files::blake3;
use object_storage::{ErrorKind, Location, Storage};
use serde_json::Value;
use table_schema::Schema;

use super::rules::Rules;
use crate::cli;
use crate::descriptors::{self, FileDialect, Resource};
use crate::error::Error;

/// A descriptor is a few kilobytes; anything much larger is something else.
const LARGEST: u64 = 16 << 20;

/// The descriptors of a run, read.
pub(super) struct Described {
    pub(super) rules: Rules,
    pub(super) dialect: FileDialect,
    pub(super) encoding: InputEncoding,
    /// The files of the package's resource, with the names that they have in it.
    pub(super) paths: Vec<(String, Location)>,
}

/// A descriptor's bytes, and where they stand.
struct Text {
    bytes: Vec<u8>,
    at: Location,
}

impl Described {
    /// Reads everything. What a setting says goes before the file of `--dialect`, and that before
    /// the package's dialect and the schema's own.
    ///
    /// # Errors
    ///
    /// If a descriptor cannot be read, is wrong, or says what is not supported.
    pub(super) fn read(storage: &Storage, args: &cli::Validate) -> Result<Described, Error> {
        let mut of_package = match &args.package {
            Some(at) => Some(OfPackage::read(storage, at, args.resource.as_deref())?),
            None => None,
        };
        let given = match &args.schema {
            Some(at) => {
                let bytes = read_file(storage, at).map_err(|error| match error {
                    Error::DescriptorMissing(error) => Error::SchemaMissing(error),
                    error => error,
                })?;
                Some(Text { bytes, at: at.clone() })
            }
            None => of_package.as_mut().and_then(|package| package.schema.take()),
        };
        let Some(Text { bytes, at }) = given else {
            return Err(Error::Setting(
                "the resource of the package has no schema: add it, or give --schema".to_owned(),
            ));
        };
        let of_schema = dialect_in(&bytes);
        let schema = read_schema(&bytes, &at, of_schema.is_some())?;
        let package_dialect = of_package.as_mut().and_then(|package| package.dialect.take());
        let mut dialect = match (&args.dialect.cells.dialect, package_dialect, of_schema) {
            (Some(at), _, _) => read_dialect(storage, at)?,
            (None, Some(dialect), _) => dialect,
            (None, None, Some(value)) => {
                FileDialect::read(&value).map_err(|wrong| of(&at, &wrong))?
            }
            (None, None, None) => FileDialect::default(),
        };
        if of_package.as_ref().is_some_and(|package| package.tabs) && !dialect.delimiter_given {
            dialect.table.delimiter = "\t".to_owned();
        }
        args.dialect.change(&mut dialect).map_err(Error::Setting)?;
        cli::encoding_args::check_dialect_split(&dialect, args.partition.split)?;
        let schema = match &dialect.null {
            Some(null) => schema.with_missing_value(null),
            None => schema,
        };
        let rules = Rules::read(storage, (schema, blake3(&bytes)), args.checks.as_ref())?;
        let of_encoding = of_package.as_ref().and_then(|package| package.encoding);
        let encoding = args.dialect.encoding.or(of_encoding).unwrap_or(InputEncoding::Utf8);
        let paths = of_package.map(|package| package.paths).unwrap_or_default();
        Ok(Described { rules, dialect, encoding, paths })
    }
}

/// What a package says, with the descriptors that it names.
struct OfPackage {
    schema: Option<Text>,
    dialect: Option<FileDialect>,
    encoding: Option<InputEncoding>,
    tabs: bool,
    paths: Vec<(String, Location)>,
}

impl OfPackage {
    fn read(storage: &Storage, at: &Location, name: Option<&str>) -> Result<OfPackage, Error> {
        let resource = Resource::read(&read_file(storage, at)?, name)
            .map_err(|wrong| Error::Setting(format!("the package {at}: {wrong}")))?;
        let file = |path: &str| -> Result<Location, Error> {
            let folder = at.to_string();
            let folder = folder.rsplit_once('/').map_or("./", |(folder, _)| folder);
            Ok(folder.parse::<Location>()?.join(path)?)
        };
        let text = |described: Option<descriptors::Described>| -> Result<Option<Text>, Error> {
            Ok(match described {
                None => None,
                Some(descriptors::Described::Here(raw)) => {
                    Some(Text { bytes: raw.get().as_bytes().to_vec(), at: at.clone() })
                }
                Some(descriptors::Described::File(path)) => {
                    let at = file(&path)?;
                    Some(Text { bytes: read_file(storage, &at)?, at })
                }
            })
        };
        let dialect = match text(resource.dialect)? {
            None => None,
            Some(Text { bytes, at }) => Some(parse_dialect(&bytes, &at)?),
        };
        let paths = resource.paths.iter().map(|path| Ok((path.clone(), file(path)?)));
        Ok(OfPackage {
            schema: text(resource.schema)?,
            dialect,
            encoding: resource.encoding,
            tabs: resource.tabs,
            paths: paths.collect::<Result<_, Error>>()?,
        })
    }
}

/// Reads a descriptor of the dialect by itself.
///
/// # Errors
///
/// If it cannot be read, is wrong, or says what is not supported.
pub(crate) fn read_dialect(storage: &Storage, at: &Location) -> Result<FileDialect, Error> {
    parse_dialect(&read_file(storage, at)?, at)
}

fn parse_dialect(bytes: &[u8], at: &Location) -> Result<FileDialect, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let value = serde_json::from_slice(bytes).map_err(|error| of(at, &error.to_string()))?;
    FileDialect::read(&value).map_err(|wrong| of(at, &wrong))
}

fn of(at: &Location, wrong: &str) -> Error {
    Error::Setting(format!("the dialect of {at}: {wrong}"))
}

fn read_file(storage: &Storage, at: &Location) -> Result<Vec<u8>, Error> {
    storage.read(at, LARGEST).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::DescriptorMissing(error),
        _ => Error::Storage(error),
    })
}

/// The member `dialect` of a schema, which the standard has beside the schema in a resource.
fn dialect_in(schema: &[u8]) -> Option<Value> {
    let schema = schema.strip_prefix(b"\xef\xbb\xbf").unwrap_or(schema);
    let mut schema: Value = serde_json::from_slice(schema).ok()?;
    schema.get_mut("dialect").map(Value::take).filter(|dialect| !dialect.is_null())
}

fn read_schema(bytes: &[u8], at: &Location, has_dialect: bool) -> Result<Schema, Error> {
    let schema = Schema::from_json(bytes)
        .map_err(|source| Error::Schema { location: at.to_string(), source: Box::new(source) })?;
    let is_dialect = |property: &&String| has_dialect && property.contains("\"dialect\"");
    let ignored: Vec<&str> =
        schema.ignored().iter().filter(|p| !is_dialect(p)).map(String::as_str).collect();
    if !ignored.is_empty() {
        tracing::warn!(
            schema = %at,
            properties = ignored.join(", "),
            "properties that are not of the Table Schema standard are not looked at"
        );
    }
    Ok(schema)
}
