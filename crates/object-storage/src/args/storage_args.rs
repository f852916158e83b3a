//! The settings of storage, as flags and environment variables.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::checksums::Checksums;
use super::durations::{duration_between_10ms_and_10min, duration_up_to_a_day};
use super::keys::Keys;
use super::object_args::ObjectArgs;

/// How storage is reached and how much memory it may take.
///
/// The defaults hold at most 12 MiB for an object that is read (four ranges of 2 MiB in flight, one
/// waiting and one in use) and 10 MiB for one that is written, so that a worker with one input and
/// two outputs stays under 64 MiB.
///
/// Credentials are not flags: they come from the AWS SDK's own chain (environment, `~/.aws`, web
/// identity as on EKS, container credentials, instance metadata).
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "S3 storage")]
pub struct StorageArgs {
    /// S3 endpoint of a server other than AWS, such as http://minio:9000 [env: AWS_ENDPOINT_URL_S3,
    /// AWS_ENDPOINT_URL]
    #[arg(long = "s3-endpoint", value_name = "URL")]
    pub endpoint: Option<String>,

    /// The variable of `--s3-endpoint`, apart from the flag: only the variable can be ignored
    #[arg(
        long = "s3-endpoint-of-environment",
        env = "AWS_ENDPOINT_URL_S3",
        hide_env_values = true,
        value_name = "URL",
        hide = true
    )]
    pub endpoint_of_environment: Option<String>,

    /// Endpoint of all AWS services; that of S3 goes before it
    #[arg(
        long = "aws-endpoint",
        env = "AWS_ENDPOINT_URL",
        hide_env_values = true,
        value_name = "URL",
        hide = true
    )]
    pub aws_endpoint: Option<String>,

    /// Take no endpoint from the environment or the AWS profile, only from `--s3-endpoint`
    #[arg(
        long = "aws-ignore-configured-endpoint-urls",
        env = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        hide = true
    )]
    pub ignore_configured_endpoints: bool,

    /// Region of the buckets [default: AWS_DEFAULT_REGION, the AWS profile's, us-east-1]
    #[arg(long = "s3-region", env = "AWS_REGION", value_name = "NAME")]
    pub region: Option<String>,

    /// Region of the buckets where AWS_REGION is not set
    #[arg(
        long = "aws-default-region",
        env = "AWS_DEFAULT_REGION",
        value_name = "NAME",
        hide = true
    )]
    pub default_region: Option<String>,

    /// Put the bucket into the path instead of the host name [default: true with an endpoint of
    /// your own]
    #[arg(
        long = "s3-path-style",
        env = "AWS_S3_FORCE_PATH_STYLE",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub path_style: Option<bool>,

    /// Send checksums besides the signature [default: when_required with an endpoint of your own]
    #[arg(
        long = "s3-request-checksums",
        env = "AWS_REQUEST_CHECKSUM_CALCULATION",
        value_name = "WHEN",
        ignore_case = true
    )]
    pub request_checksums: Option<Checksums>,

    /// Check the checksums of answers [default: when_required with an endpoint of your own]
    #[arg(
        long = "s3-response-checksums",
        env = "AWS_RESPONSE_CHECKSUM_VALIDATION",
        value_name = "WHEN",
        ignore_case = true
    )]
    pub response_checksums: Option<Checksums>,

    /// Send no credentials and sign nothing, to read a public bucket
    #[arg(long = "s3-no-sign-request", env = "JOB_WORKER_S3_NO_SIGN_REQUEST")]
    pub no_sign_request: bool,

    /// How objects are written, and what else a bucket's policy asks for.
    #[command(flatten)]
    pub objects: ObjectArgs,

    /// PEM file of further certificate authorities to trust, besides those of the program and
    /// machine
    #[arg(long = "s3-ca-bundle", env = "AWS_CA_BUNDLE", value_name = "FILE")]
    pub ca_bundle: Option<PathBuf>,

    /// Longest time to connect to the S3 server
    #[arg(
        long = "s3-connect-timeout",
        env = "JOB_WORKER_S3_CONNECT_TIMEOUT",
        value_name = "DURATION",
        default_value = "3s",
        value_parser = duration_between_10ms_and_10min
    )]
    pub connect_timeout: Duration,

    /// Longest silence of the S3 server, before its answer or in the middle of it
    #[arg(
        long = "s3-timeout",
        env = "JOB_WORKER_S3_TIMEOUT",
        value_name = "DURATION",
        default_value = "20s",
        value_parser = duration_between_10ms_and_10min
    )]
    pub timeout: Duration,

    /// Time to keep trying while the S3 server, or what gives the credentials, cannot be reached;
    /// then exit 69
    #[arg(
        long = "s3-down-timeout",
        env = "JOB_WORKER_S3_DOWN_TIMEOUT",
        value_name = "DURATION",
        default_value = "60s",
        value_parser = duration_up_to_a_day
    )]
    pub down_timeout: Duration,

    /// Attempts at a request that the S3 server answers with a failure, breaks off or leaves
    /// unanswered, 1 to 100
    #[arg(
        long = "s3-attempts",
        env = "JOB_WORKER_S3_ATTEMPTS",
        value_name = "N",
        default_value_t = 8,
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    pub attempts: u32,

    /// Longest wait before the second attempt; doubles up to 10s, and up to half of it is taken
    /// off at random
    #[arg(
        long = "s3-retry-delay",
        env = "JOB_WORKER_S3_RETRY_DELAY",
        value_name = "DURATION",
        default_value = "250ms",
        value_parser = humantime::parse_duration
    )]
    pub retry_delay: Duration,

    /// Size of the ranges an object is read in, MiB, 1 to 64
    #[arg(
        long = "s3-range-mib",
        env = "JOB_WORKER_S3_RANGE_MIB",
        value_name = "MIB",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=64)
    )]
    pub range_mib: u32,

    /// Ranges of an object requested at once, 1 to 64; they are held in memory
    #[arg(
        long = "s3-ranges",
        env = "JOB_WORKER_S3_RANGES",
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=64)
    )]
    pub ranges: u32,

    /// Size of the parts an object is uploaded in, MiB, 5 to 1024; smaller objects are one request
    #[arg(
        long = "s3-part-mib",
        env = "JOB_WORKER_S3_PART_MIB",
        value_name = "MIB",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(5..=1024)
    )]
    pub part_mib: u32,

    /// Parts of an object uploaded at once, 1 to 64; they are held in memory, and one more that
    /// fills
    #[arg(
        long = "s3-parts",
        env = "JOB_WORKER_S3_PARTS",
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=64)
    )]
    pub parts: u32,

    /// Access keys a program holds itself; they go before the AWS SDK's own chain.
    #[arg(skip)]
    pub keys: Option<Keys>,
}

impl Default for StorageArgs {
    /// The defaults of the flags, with nothing taken from the environment.
    fn default() -> StorageArgs {
        StorageArgs {
            endpoint: None,
            endpoint_of_environment: None,
            aws_endpoint: None,
            ignore_configured_endpoints: false,
            region: None,
            default_region: None,
            path_style: None,
            request_checksums: None,
            response_checksums: None,
            no_sign_request: false,
            objects: ObjectArgs::default(),
            ca_bundle: None,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(20),
            down_timeout: Duration::from_secs(60),
            attempts: 8,
            retry_delay: Duration::from_millis(250),
            range_mib: 2,
            ranges: 4,
            part_mib: 5,
            parts: 1,
            keys: None,
        }
    }
}

impl StorageArgs {
    /// The endpoint that the user has set, if any. An empty variable counts as not set.
    pub(crate) fn own_endpoint(&self) -> Option<&str> {
        self.endpoint
            .as_deref()
            .filter(|url| !url.is_empty())
            .or_else(|| self.unless_ignored(self.endpoint_of_environment.as_deref()))
            .or_else(|| self.own_aws_endpoint())
    }

    /// The endpoint of all services, if any.
    pub(crate) fn own_aws_endpoint(&self) -> Option<&str> {
        self.unless_ignored(self.aws_endpoint.as_deref())
    }

    /// The value of a variable, unless variables are ignored or it is empty.
    fn unless_ignored<'e>(&self, endpoint: Option<&'e str>) -> Option<&'e str> {
        endpoint.filter(|url| !self.ignore_configured_endpoints && !url.is_empty())
    }

    /// The file of further authorities, if it was given. An empty variable counts as not set.
    pub(crate) fn own_ca_bundle(&self) -> Option<&Path> {
        self.ca_bundle.as_deref().filter(|path| !path.as_os_str().is_empty())
    }

    /// The region, if it was given. An empty variable counts as not set.
    pub(crate) fn own_region(&self) -> Option<&str> {
        self.region.as_deref().filter(|region| !region.is_empty())
    }

    /// The region of `AWS_DEFAULT_REGION`. An empty variable counts as not set.
    pub(crate) fn own_default_region(&self) -> Option<&str> {
        self.default_region.as_deref().filter(|region| !region.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{ObjectArgs, StorageArgs};
    use clap::Parser;
    use std::time::Duration;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        storage: StorageArgs,
    }

    #[test]
    fn the_defaults_are_those_of_the_flags() {
        let cli = Cli::try_parse_from(["worker"]).expect("no flag is required");
        let default = StorageArgs::default();
        // Settings that the environment of the test may hold are left out.
        let given = StorageArgs {
            endpoint: None,
            aws_endpoint: None,
            ignore_configured_endpoints: false,
            region: None,
            path_style: None,
            request_checksums: None,
            response_checksums: None,
            no_sign_request: false,
            objects: ObjectArgs::default(),
            ca_bundle: None,
            ..cli.storage
        };
        assert_eq!(format!("{given:?}"), format!("{default:?}"));
    }

    #[test]
    fn the_service_endpoint_goes_before_the_general_one_and_empty_is_not_set() {
        let args = |s3: &str, aws: &str| StorageArgs {
            endpoint: Some(s3.to_owned()),
            aws_endpoint: Some(aws.to_owned()),
            ..StorageArgs::default()
        };
        assert_eq!(args("http://a", "http://b").own_endpoint(), Some("http://a"));
        assert_eq!(args("", "http://b").own_endpoint(), Some("http://b"));
        assert_eq!(args("", "").own_endpoint(), None);
        let flag = StorageArgs { ignore_configured_endpoints: true, ..args("http://a", "") };
        assert_eq!(flag.own_endpoint(), Some("http://a"));
    }

    #[test]
    fn settings_outside_their_range_are_refused() {
        for flags in [
            ["--s3-attempts", "0"],
            ["--s3-timeout", "1h"],
            ["--s3-part-mib", "4"],
            ["--s3-ranges", "65"],
            ["--s3-down-timeout", "25h"],
        ] {
            assert!(Cli::try_parse_from(["worker", flags[0], flags[1]]).is_err(), "{flags:?}");
        }
        let cli = Cli::try_parse_from(["worker", "--s3-path-style", "--s3-timeout=1500ms"])
            .expect("these are in range");
        assert_eq!(cli.storage.path_style, Some(true));
        assert_eq!(cli.storage.timeout, Duration::from_millis(1500));
    }
}
