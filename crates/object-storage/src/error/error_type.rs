//! Everything that can go wrong with a location, one variant per decision.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::action::{Action, denied_remedy};
use crate::Location;

/// Why an operation on a location failed. Each message names the place and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing is at the location.
    #[error("{at} does not exist; check the name, or whether the step that makes it has finished")]
    NotFound {
        /// What was looked for.
        at: Location,
    },
    /// It is there, but only its name: the content lies in an archive.
    #[error(
        "{at} is archived ({detail}): restore it first (aws s3api restore-object, or the \
         console's \"Initiate restore\"), then run again"
    )]
    Archived {
        /// The object.
        at: Location,
        /// The server's code and message.
        detail: String,
    },
    /// The bucket does not exist, or not at this endpoint.
    #[error(
        "the bucket {bucket} does not exist at {endpoint}; check its name and the endpoint \
         (AWS_ENDPOINT_URL_S3), or make the bucket"
    )]
    NoSuchBucket {
        /// The bucket's name.
        bucket: String,
        /// The server that was asked.
        endpoint: String,
    },
    /// No folder can be made there.
    #[error(
        "the folder {at} cannot be made: its file system takes none (/proc, /sys), or the folder \
         above it is gone; name another place"
    )]
    NoFolderThere {
        /// The folder.
        at: Location,
    },
    /// A folder is where a file belongs.
    #[error("{at} is not a file: it is a folder or a special file; name a file inside it")]
    NotAFile {
        /// The folder.
        at: Location,
    },
    /// A file is where a folder belongs.
    #[error("{at} is not a folder; name the folder, or remove the file of that name")]
    NotAFolder {
        /// The file.
        at: Location,
    },
    /// The server or the file system refuses this action to this identity.
    #[error(
        "access denied: may not {action} {at} ({detail}); {}",
        denied_remedy(*action, at, detail)
    )]
    Denied {
        /// What was tried.
        action: Action,
        /// On what.
        at: Location,
        /// What the server or system said.
        detail: String,
    },
    /// The server does not accept the credentials as such.
    #[error(
        "{endpoint} does not accept the credentials ({detail}); check AWS_ACCESS_KEY_ID, \
         AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and this machine's clock"
    )]
    CredentialsRefused {
        /// The server.
        endpoint: String,
        /// Its code and message.
        detail: String,
    },
    /// No credentials were found anywhere.
    #[error(
        "no S3 credentials were found ({detail}); set AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the pod a service account with a web \
         identity or an instance role"
    )]
    MissingCredentials {
        /// What the credential chain said.
        detail: String,
    },
    /// A setting of the credentials is wrong.
    #[error("the S3 credentials cannot be used: {detail}")]
    CredentialsSetting {
        /// The setting, and what is wrong with it.
        detail: String,
    },
    /// The provider of the credentials refuses them to this worker.
    #[error("{provider} refused to give the S3 credentials: {detail}; {remedy}")]
    CredentialsWithheld {
        /// The provider of credentials.
        provider: String,
        /// Its code and message, or its HTTP status.
        detail: String,
        /// What to look at.
        remedy: &'static str,
    },
    /// The provider of the credentials could not be reached, failed, or stayed silent.
    #[error(
        "{provider} could not give the S3 credentials for {:.1} s: {detail}; look at its own logs, \
         or try again later",
        down_for.as_secs_f64()
    )]
    CredentialsUnavailable {
        /// The provider of credentials.
        provider: String,
        /// How the last attempt failed.
        detail: String,
        /// Since the first attempt that failed.
        down_for: Duration,
    },
    /// The bucket lives in another region than the one that is set.
    #[error(
        "the bucket {bucket} is not in region {configured}; set AWS_REGION to {}",
        right.as_deref().unwrap_or("the bucket's region")
    )]
    WrongRegion {
        /// The bucket's name.
        bucket: String,
        /// The region that was used.
        configured: String,
        /// The bucket's region, where the server told it.
        right: Option<String>,
    },
    /// The region that is set is no region's name.
    #[error(
        "{setting} is {region:?}, which is no region: it is letters, digits and hyphens, as in \
         eu-west-1 (look for a line end or a blank)"
    )]
    RegionName {
        /// What is set.
        region: String,
        /// Where.
        setting: &'static str,
    },
    /// The bytes that arrive are not those that are stored.
    #[error(
        "{at} does not come as it is stored: {detail}; an object that is stored with \
         Content-Encoding: gzip and unpacked on its way (Google Cloud Storage does so) looks like \
         that: store it without Content-Encoding, or with Cache-Control: no-transform"
    )]
    NotAsStored {
        /// What was being read.
        at: Location,
        /// How that shows.
        detail: String,
    },
    /// The endpoint is no URL, is not trusted, or does not speak S3: no retry helps.
    #[error(
        "the S3 endpoint {endpoint} cannot be used: {detail}; check AWS_ENDPOINT_URL_S3 or \
         AWS_ENDPOINT_URL (http://host:port or https://host)"
    )]
    WrongEndpoint {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A setting of the requests is wrong: a header of objects, or the proxy.
    #[error("{setting} cannot be used: {detail}")]
    ObjectSetting {
        /// The flag or variable.
        setting: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The proxy before the server does not let the worker through.
    #[error(
        "{endpoint} cannot be reached: the proxy asks for a user and a password; put them into its \
         URL (http://USER:PASSWORD@HOST:PORT), or take the server out by NO_PROXY"
    )]
    ProxyRefused {
        /// The server, and the proxy before it.
        endpoint: String,
    },
    /// The file of further certificate authorities cannot be used.
    #[error(
        "the certificate authorities in {} cannot be read: {detail}; AWS_CA_BUNDLE has to name a \
         PEM file",
        file.display()
    )]
    Authorities {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// No connection to the endpoint could be made.
    #[error(
        "S3 at {endpoint} was not usable for {:.1} s: {detail}; is it up, is its port open from \
         here, is AWS_ENDPOINT_URL_S3 right, and is --s3-down-timeout long enough?",
        down_for.as_secs_f64()
    )]
    Unreachable {
        /// The endpoint.
        endpoint: String,
        /// Since the first attempt that failed.
        down_for: Duration,
        /// Refused, unknown host, or no answer.
        detail: String,
    },
    /// The server was reached and kept failing.
    #[error(
        "could not {action} {at} after {attempts} attempts in {:.1} s: {detail}; the S3 server is \
         overloaded or failing: try again later, or raise {}",
        down_for.as_secs_f64(),
        if *is_out_of_time { "--s3-down-timeout" } else { "--s3-attempts" }
    )]
    Unavailable {
        /// What was tried.
        action: Action,
        /// On what.
        at: Location,
        /// How often.
        attempts: u32,
        /// Since the first attempt that failed.
        down_for: Duration,
        /// How the last attempt failed.
        detail: String,
        /// Time has ended the attempts, and not their number.
        is_out_of_time: bool,
    },
    /// A multipart upload is not there any more.
    #[error(
        "the upload of {at} is gone before it was finished ({detail}): it was aborted or has \
         expired, by a lifecycle rule of the bucket or another cleaner; let unfinished uploads \
         live longer than the longest run takes, then run again"
    )]
    UploadGone {
        /// The object.
        at: Location,
        /// The server's code and message.
        detail: String,
    },
    /// The content is no longer that of the entry that was opened.
    #[error(
        "{at} was changed or replaced while it was being read; run again when its writer has \
         finished"
    )]
    Changed {
        /// What was being read.
        at: Location,
    },
    /// The content ended early, again after every retry.
    #[error("{at} ended after {got} of {expected} bytes; nothing of it can be trusted: run again")]
    Truncated {
        /// What was being read.
        at: Location,
        /// The bytes that belong there.
        expected: u64,
        /// The bytes that came.
        got: u64,
    },
    /// Larger than the caller takes.
    #[error("{at} has {size} bytes, more than the {limit} that are allowed for it")]
    TooLarge {
        /// What was to be read.
        at: Location,
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// More objects than are kept in memory.
    #[error(
        "{at} has more than {limit} objects, which is the most that is listed: name a narrower \
         folder or prefix"
    )]
    TooMany {
        /// What was to be listed.
        at: Location,
        /// The limit.
        limit: usize,
    },
    /// Something is under the final name already, and the condition forbade to replace it.
    #[error("{at} exists already and was not replaced")]
    AlreadyExists {
        /// The final name.
        at: Location,
    },
    /// The server has no room for it: its disks are full, or the quota of the bucket or of its
    /// owner is used up.
    #[error(
        "the S3 server has no room left for {at} ({detail}): free space in the bucket, or let its \
         quota or the server's disks be enlarged, then run again"
    )]
    ServerFull {
        /// The object.
        at: Location,
        /// The server's code and message.
        detail: String,
    },
    /// No room on the device, in the quota or under the file size limit.
    #[error(
        "no room left to write {at}: {source}; free space, or write somewhere else (in a pod: a \
         larger volume or ephemeral-storage limit)"
    )]
    DiskFull {
        /// What was being written.
        at: Location,
        /// The system's error.
        source: io::Error,
    },
    /// The operating system failed to do it.
    #[error("could not {action} {at}: {source}")]
    Io {
        /// What was tried.
        action: Action,
        /// On what.
        at: Location,
        /// The system's error.
        source: io::Error,
    },
    /// The server refused the request for a reason of its own.
    #[error("the S3 server refused to {action} {at}: {detail}{remedy}")]
    Refused {
        /// What was tried.
        action: Action,
        /// On what.
        at: Location,
        /// Its code and message.
        detail: String,
        /// What to do about it, empty where that is not known.
        remedy: &'static str,
    },
    /// The worker was asked to stop, and the server did not answer in time; or the storage was
    /// closed under a reader or an upload.
    #[error("could not {action} {at}: the program is shutting down")]
    ShuttingDown {
        /// What was being done.
        action: Action,
        /// On what.
        at: Location,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn at(text: &str) -> Location {
        text.parse().expect("a valid location")
    }

    #[test]
    fn a_denied_object_names_the_action_the_key_and_the_permission() {
        let error = Error::Denied {
            action: Action::Write,
            at: at("s3://b/out/x.csv"),
            detail: "AccessDenied: no".to_owned(),
        };
        assert_eq!(
            error.to_string(),
            "access denied: may not write s3://b/out/x.csv (AccessDenied: no); the credentials \
             need s3:PutObject on it, and what the bucket's policy asks for has to be set \
             (--s3-sse, --s3-acl, --s3-tagging, --s3-request-payer)"
        );
        assert_eq!(error.kind(), ErrorKind::Denied);
    }

    #[test]
    fn a_permission_that_the_server_names_is_the_one_that_is_missing() {
        let detail = "AccessDenied: User: arn:aws:sts::1:assumed-role/job/x is not authorized to \
                      perform: kms:Decrypt on resource: k";
        let error =
            Error::Denied { action: Action::Read, at: at("s3://b/k"), detail: detail.to_owned() };
        assert!(error.to_string().ends_with("; the credentials need kms:Decrypt on it"), "{error}");
    }
}
