//! What the settings of `aggregate` mean for the month of this pod, before anything is looked at.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::SystemTime;

use job_files::{Input, InputFile, Template, Work};
use object_storage::Location;
use worker_runtime::{Engine, Environment, Identity, Pod};

use crate::cli::{AggregateArgs, Fraction, KeptOfClient, TimeZone};
use crate::counting::{Calendar, OriginSources, OwnSites, Rules};
use crate::error::Error;
use crate::filters::Filters;
use crate::formats::{Format, JsonFields, Others, Proxies};
use crate::geo::Databases;
use crate::input::Anonymizer;
use crate::output::{STATE_VERSION, month_folder, partial_folder, version};

use super::hint::hint;
use super::overlap;
use super::period::{Asked, Period, period};
use super::threads::usual_threads;

/// Bytes of the key of hashed clients: one that can be guessed hides nobody, and something longer
/// than this is another file.
const SHORTEST_KEY: u64 = 16;
const LARGEST_KEY: u64 = 4096;

/// Months of a year.
const MONTHS: u32 = 12;

/// A month's work, before anything is looked at.
pub(super) struct Plan {
    pub year: i32,
    /// 1 to 12.
    pub month: u8,
    pub rules: Rules,
    pub input: Input,
    /// The input as the settings have it, its fields filled in.
    pub input_name: String,
    /// The same for any month.
    pub template: Template,
    /// What is odd about the setting, for messages where no logs, or those of others, are found.
    pub hint: String,
    /// Whether there is anything of the month yet.
    pub has_begun: bool,
    /// Where only a part of the month is counted, the end of that part.
    pub part_until: Option<String>,
    /// Where all months are published.
    pub output: Location,
    /// The name there of the month, or of the part of it that is counted.
    pub folder_name: String,
    /// Where that is published.
    pub folder: Location,
    /// Where the whole month and parts of it belong.
    pub whole: Location,
    pub partial: Location,
    /// Whether the month is over.
    pub is_over: bool,
    /// The format of all files, where it was given.
    pub given_format: Option<Format>,
    /// How JSON lines are read, where such are found.
    pub json: Format,
    /// By which formats lines are read that have not that of their file.
    pub others: Others,
    /// Who is believed about clients.
    pub proxies: Proxies,
    /// What is stored in the place of clients.
    pub anonymizer: Anonymizer,
    /// Which requests are counted.
    pub filters: Filters,
    /// By what countries and networks are looked up.
    pub databases: Databases,
    /// Seconds that the clocks of the servers are ahead of UTC, where that was said.
    pub log_offset: Option<i32>,
    pub max_unparsed: Fraction,
    pub max_unparsed_per_file: Fraction,
    pub allow_empty: bool,
    pub top: usize,
    pub threads: usize,
    pub force: bool,
    /// What the outputs depend on besides the logs.
    pub settings: BTreeMap<String, String>,
}

impl Plan {
    /// Checks the settings, and assumes the identity that they and the environment give.
    pub(super) fn new(args: &AggregateArgs, pod: &Pod) -> Result<Plan, Error> {
        let identity = identity(args)?;
        pod.assume(identity);
        let (year, month) = (args.year, identity.index as u8 + 1);
        let calendar = Calendar::new(year, month, args.time_zone)
            .ok_or_else(|| Error::Setting(format!("there is no month {month} of {year}")))?;
        let asked = Asked { until: args.until, partial: args.partial, now: now() };
        let is_over = calendar.period().1 <= asked.now;
        let (calendar, has_begun) = match period(calendar, &name(year, month), asked)? {
            Period::Counted(calendar) => (calendar, true),
            Period::NotBegun => (calendar, false),
        };
        let rules = Rules {
            calendar,
            keep_query: args.keep_query,
            exact_keys: args.exact_keys as usize,
            by_host: args.by_host,
            by_hour: args.visitors_by_hour,
            own_sites: own_sites(&args.own_site)?,
            origins: OriginSources::default(),
        };
        let template = Template::parse(&args.input, &["month", "year", "index"])
            .map_err(job_files::Error::from)?;
        let input_name = template.expand(&fields(year, month));
        let input = Input::parse(&input_name)?;
        overlap::refuse(&input, &args.output)?;
        let json = json(&args.fields)?;
        let proxies = Proxies::trusted(args.trusted_proxies.iter().map(String::as_str))
            .map_err(|error| Error::Setting(format!("--trusted-proxies: {error}")))?;
        let filters = filters(args)?;
        let anonymizer = anonymizer(args)?;
        let given_format = args.format.as_deref().map(format).transpose()?;
        let given_format =
            given_format.map(|format| if format.is_json() { json.clone() } else { format });
        let part = calendar.end_of_part();
        let folder = if part.is_some() { partial_folder(month) } else { month_folder(month) };
        let mut settings: BTreeMap<String, String> = rules.settings().collect();
        settings.extend(
            [
                ("year", year.to_string()),
                ("month", month.to_string()),
                ("format", args.format.clone().unwrap_or_default()),
                ("fields", args.fields.join(",")),
                ("anonymize_clients", anonymizer.setting()),
                ("trusted_proxies", args.trusted_proxies.join(",")),
                ("filters", filters.names().collect::<Vec<_>>().join("\n")),
                (
                    "log_time_zone",
                    args.log_time_zone.map(|zone| zone.offset().to_string()).unwrap_or_default(),
                ),
                ("top", args.top.to_string()),
                ("max_unparsed", args.max_unparsed.to_string()),
                ("max_unparsed_per_file", args.max_unparsed_per_file.to_string()),
                ("state_version", STATE_VERSION.to_string()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        Ok(Plan {
            year,
            month,
            rules,
            input,
            input_name,
            hint: hint(&args.input, &template, month),
            has_begun,
            part_until: part.map(|until| calendar.zone().show(until)),
            output: args.output.clone(),
            folder: args.output.join(&folder)?,
            folder_name: folder,
            template,
            whole: args.output.join(&month_folder(month))?,
            partial: args.output.join(&partial_folder(month))?,
            is_over,
            others: match &given_format {
                Some(_) => Others::none(),
                None => Others::known(&json),
            },
            given_format,
            json,
            proxies,
            anonymizer,
            filters,
            databases: Databases::default(),
            // What a clock shows is what it shows, whatever its zone.
            log_offset: match calendar.zone().is_as_logged() {
                true => Some(0),
                false => args.log_time_zone.map(TimeZone::offset),
            },
            max_unparsed: args.max_unparsed,
            max_unparsed_per_file: args.max_unparsed_per_file,
            allow_empty: args.allow_empty,
            top: args.top as usize,
            threads: args.threads.map_or_else(usual_threads, usize::from),
            force: args.force,
            settings,
        })
    }

    /// Looks clients up in these databases.
    pub(super) fn look_up_in(&mut self, databases: Databases) {
        self.rules.origins = databases.sources();
        self.settings.extend(self.rules.settings());
        self.databases = databases;
    }

    /// What the month's outputs depend on: this plan, and these logs.
    pub(super) fn work(&self, input: Vec<InputFile>) -> Work {
        Work {
            command: "aggregate".to_owned(),
            output_version: version::MONTH,
            index: u32::from(self.month) - 1,
            partitions: MONTHS,
            settings: self.settings.clone(),
            input,
        }
    }

    /// The month's name, such as 2024-03.
    pub(super) fn name(&self) -> String {
        name(self.year, self.month)
    }
}

/// What the fields of `--input` stand for.
pub(super) fn fields(year: i32, month: u8) -> [(&'static str, u32); 3] {
    let index = u32::from(month) - 1;
    [("month", u32::from(month)), ("year", year.unsigned_abs()), ("index", index)]
}

fn name(year: i32, month: u8) -> String {
    format!("{year:04}-{month:02}")
}

/// What the clock of this machine shows, in seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

/// Index 0 to 11 is January to December, and a year has no other number of months.
fn identity(args: &AggregateArgs) -> Result<Identity, Error> {
    if let Some(month) = args.month {
        return Ok(Identity {
            index: u32::from(month) - 1,
            count: MONTHS,
            attempt: None,
            engine: Engine::Flags,
        });
    }
    let identity = args.identity.resolve_with_count(&Environment::of_process(), MONTHS)?;
    if identity.count != MONTHS {
        return Err(Error::Setting(format!(
            "a year has 12 months, and there are said to be {} partitions: set completions and \
             TOTAL_PARTITIONS to 12, or name the month with --month",
            identity.count
        )));
    }
    Ok(identity)
}

fn json(fields: &[String]) -> Result<Format, Error> {
    let fields = JsonFields::with(fields.iter().map(String::as_str))
        .map_err(|error| Error::Setting(error.to_string()))?;
    Ok(Format::json(fields))
}

/// What is stored in the place of clients; the key is read now, so that a month whose key is
/// missing reads no log.
fn anonymizer(args: &AggregateArgs) -> Result<Anonymizer, Error> {
    let kept = args.anonymize_clients;
    let Some(path) = &args.anonymize_key_file else {
        return match kept {
            None | Some(KeptOfClient::Off) => Ok(Anonymizer::Off),
            Some(KeptOfClient::Network) => Ok(Anonymizer::Network),
            Some(KeptOfClient::Hash) => Err(Error::Setting(
                "--anonymize-clients=hash needs a key: a file of 16 random bytes or more, the same \
                 for all months that are to be merged, in --anonymize-key-file (head -c 32 \
                 /dev/urandom > key)"
                    .to_owned(),
            )),
        };
    };
    if kept != Some(KeptOfClient::Hash) {
        return Err(Error::Setting(
            "--anonymize-key-file is a key for --anonymize-clients=hash, which is not asked for"
                .to_owned(),
        ));
    }
    let wrong = |problem: String| {
        Error::Setting(format!("--anonymize-key-file {}: {problem}", path.display()))
    };
    let mut secret = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(LARGEST_KEY + 1).read_to_end(&mut secret));
    read.map_err(|error| wrong(error.to_string()))?;
    // A key that was typed or made by `openssl rand -hex` has a line end, which is none of it.
    let secret = secret.trim_ascii_end();
    match secret.len() as u64 {
        SHORTEST_KEY..=LARGEST_KEY => Ok(Anonymizer::by_key(secret)),
        length => Err(wrong(format!(
            "a key has {SHORTEST_KEY} to {LARGEST_KEY} bytes, and this one {length}{}",
            if length < SHORTEST_KEY { ": whoever guesses it can tell the clients" } else { "" }
        ))),
    }
}

fn own_sites(names: &[String]) -> Result<OwnSites, Error> {
    OwnSites::new(names.iter().map(String::as_str)).ok_or_else(|| {
        Error::Setting(format!(
            "--own-site: {:?} is no name of a site: write names such as example.org, without \
             https:// and path",
            names.join(",")
        ))
    })
}

/// The filters of both flags, each of which is named where it is wrong.
fn filters(args: &AggregateArgs) -> Result<Filters, Error> {
    for (flag, filters) in
        [("--exclude", Filters::new(&args.exclude, &[])), ("--only", Filters::new(&[], &args.only))]
    {
        filters.map_err(|error| Error::Setting(format!("{flag}: {error}")))?;
    }
    Filters::new(&args.exclude, &args.only).map_err(|error| Error::Setting(error.to_string()))
}

fn format(text: &str) -> Result<Format, Error> {
    match Format::named(text) {
        Some(format) => Ok(format),
        None => Format::described(text)
            .map_err(|source| Error::Format { format: text.to_owned(), source }),
    }
}
