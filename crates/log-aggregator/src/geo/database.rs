//! A database in MaxMind's format, and what it knows.

use std::net::IpAddr;
use std::time::Duration;

use job_files::blake3;
use maxminddb::{LookupResult, MaxMindDbError, Reader};

use crate::counting::{Label, OriginSources};

use super::record::{country, network};

/// Records that are looked at to find out what a database knows.
const LOOKED_AT: usize = 2000;

/// Why a file is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    /// It is something else.
    #[error(
        "it is no database in MaxMind's format ({0}): unpack what is compressed, and give the file \
         that ends in .mmdb; tables in CSV and the older GeoIP.dat are other formats"
    )]
    Foreign(String),
    /// It knows other things.
    #[error(
        "it is a {0}, which has neither countries nor networks: give a database of countries, of \
         cities or of networks (ASN), such as GeoLite2-Country.mmdb"
    )]
    OtherKind(String),
    /// Two know the same.
    #[error("it has {what}, and so has {other}: give one database of {what}")]
    Twice {
        /// What they know.
        what: &'static str,
        /// The name of the other one.
        other: String,
    },
    /// It was cut off or changed.
    #[error("it is damaged ({0}): fetch it again")]
    Damaged(String),
    /// The same, found out when an address was looked up.
    #[error("{at}: it is damaged ({why}): fetch it again")]
    DamagedInside {
        /// Its name.
        at: String,
        /// What is wrong.
        why: String,
    },
}

/// A database.
#[derive(Debug)]
pub(crate) struct Database {
    /// Its name.
    at: String,
    reader: Reader<Vec<u8>>,
    /// Its kind, when it was built, and the beginning of its hash.
    description: String,
    has_countries: bool,
    has_networks: bool,
}

impl Database {
    /// The database that these bytes are.
    pub(crate) fn new(at: &str, bytes: Vec<u8>) -> Result<Database, DatabaseError> {
        let hash = blake3(&bytes);
        let reader = Reader::from_source(bytes)
            .map_err(|error| DatabaseError::Foreign(error.to_string()))?;
        let metadata = reader.metadata();
        let kind = metadata.database_type.clone();
        let built = std::time::UNIX_EPOCH + Duration::from_secs(metadata.build_epoch.min(1 << 37));
        let built = humantime::format_rfc3339_seconds(built).to_string();
        let description = format!("{kind} of {} ({})", &built[..10], &hash[..16]);
        let mut database = Database {
            at: at.to_owned(),
            reader,
            description,
            has_countries: false,
            has_networks: false,
        };
        (database.has_countries, database.has_networks) =
            database.contents().map_err(|error| DatabaseError::Damaged(error.to_string()))?;
        match database.has_countries || database.has_networks {
            true => Ok(database),
            false => Err(DatabaseError::OtherKind(kind)),
        }
    }

    /// Whether its records have countries, and networks.
    fn contents(&self) -> Result<(bool, bool), MaxMindDbError> {
        let (mut countries, mut networks) = (false, false);
        for record in self.reader.networks(Default::default())?.take(LOOKED_AT) {
            let record = record?;
            // Records of other databases may be of any kind.
            countries |= country(&record).is_ok_and(|found| found.is_some());
            networks |= network(&record).is_ok_and(|found| found.is_some());
            if countries && networks {
                break;
            }
        }
        Ok((countries, networks))
    }

    /// What is known of an address; `None` where that is nothing.
    fn find(&self, address: IpAddr) -> Result<Option<LookupResult<'_, Vec<u8>>>, DatabaseError> {
        if address.is_ipv6() && self.reader.metadata().ip_version == 4 {
            return Ok(None);
        }
        let found = self.reader.lookup(address).map_err(|error| self.damaged(&error))?;
        Ok(found.has_data().then_some(found))
    }

    fn damaged(&self, error: &MaxMindDbError) -> DatabaseError {
        DatabaseError::DamagedInside { at: self.at.clone(), why: error.to_string() }
    }
}

/// The databases by which countries and networks are looked up; one may know both.
#[derive(Debug, Default)]
pub(crate) struct Databases {
    all: Vec<Database>,
    countries: Option<usize>,
    networks: Option<usize>,
}

/// Where the records of an address are in each database, which is the same for many addresses.
pub(super) type Offsets = [Option<usize>; 2];

impl Databases {
    /// Adds a database that knows what no other one does.
    pub(crate) fn add(&mut self, database: Database) -> Result<(), DatabaseError> {
        let at = self.all.len();
        for (what, has, known) in [
            ("countries", database.has_countries, &mut self.countries),
            ("networks", database.has_networks, &mut self.networks),
        ] {
            match known {
                _ if !has => {}
                Some(other) => {
                    let other = self.all[*other].at.clone();
                    return Err(DatabaseError::Twice { what, other });
                }
                None => *known = Some(at),
            }
        }
        self.all.push(database);
        Ok(())
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What they are.
    pub(crate) fn sources(&self) -> OriginSources {
        let name = |at: Option<usize>| at.map(|at| self.all[at].description.clone());
        OriginSources { countries: name(self.countries), networks: name(self.networks) }
    }

    /// Where the records of an address are.
    pub(super) fn offsets(&self, address: IpAddr) -> Result<Offsets, DatabaseError> {
        let mut offsets = [None; 2];
        for (offset, at) in offsets.iter_mut().zip([self.countries, self.networks]) {
            let Some(database) = at.map(|at| &self.all[at]) else { continue };
            *offset = database.find(address)?.and_then(|found| found.offset());
        }
        Ok(offsets)
    }

    /// The country and the network of an address, each where it is looked up.
    pub(super) fn labels(
        &self,
        address: Option<IpAddr>,
    ) -> Result<[Option<Label>; 2], DatabaseError> {
        type Read = fn(&LookupResult<'_, Vec<u8>>) -> Result<Option<Label>, MaxMindDbError>;
        let reads: [(Option<usize>, Read); 2] =
            [(self.countries, country), (self.networks, network)];
        let mut labels = [None, None];
        for (label, (at, read)) in labels.iter_mut().zip(reads) {
            let Some(database) = at.map(|at| &self.all[at]) else { continue };
            let found = match address {
                Some(address) => match database.find(address)? {
                    Some(record) => read(&record).map_err(|error| database.damaged(&error))?,
                    None => None,
                },
                None => None,
            };
            *label = Some(found.unwrap_or_else(Label::unknown));
        }
        Ok(labels)
    }
}
