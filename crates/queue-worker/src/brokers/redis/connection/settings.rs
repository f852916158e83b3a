//! How to reach Redis: flags and files.

use std::{path::PathBuf, time::Duration};

use worker_runtime::duration_between;

use super::ConnectionError;

const LEAST: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_secs(3600);

/// Where Redis is and how long to wait for it.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Redis")]
pub struct ConnectionArgs {
    /// redis://, rediss:// (TLS), unix://, redis+sentinel://HOST:PORT,.../MASTER or
    /// redis+cluster://HOST:PORT,...
    #[arg(
        long,
        env = "REDIS_URL",
        default_value = "redis://127.0.0.1:6379",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub redis_url: String,
    /// ACL user, if the URL has none
    #[arg(long, env = "REDIS_USERNAME", value_name = "USER")]
    pub redis_user: Option<String>,
    /// Password, if the URL has none; prefer the variable or the file to the flag
    #[arg(long, env = "REDIS_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub redis_password: Option<String>,
    /// File with the ACL user, read anew at each connection (a mounted Secret)
    #[arg(long, env = "REDIS_USERNAME_FILE", value_name = "PATH", conflicts_with = "redis_user")]
    pub redis_user_file: Option<PathBuf>,
    /// File with the password, read anew at each connection (a mounted Secret)
    #[arg(
        long,
        env = "REDIS_PASSWORD_FILE",
        value_name = "PATH",
        conflicts_with = "redis_password"
    )]
    pub redis_password_file: Option<PathBuf>,
    /// Password of the sentinels, if they have one
    #[arg(long, env = "REDIS_SENTINEL_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub sentinel_password: Option<String>,
    /// PEM file with the certificate authority of Redis, instead of the public ones
    #[arg(long, env = "REDIS_TLS_CA", value_name = "PATH")]
    pub tls_ca: Option<PathBuf>,
    /// PEM file with the client's certificate
    #[arg(long, env = "REDIS_TLS_CERT", value_name = "PATH", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the client's key
    #[arg(long, env = "REDIS_TLS_KEY", value_name = "PATH", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Time for one connection to be made
    #[arg(
        long,
        env = "JOB_WORKER_REDIS_CONNECT_TIMEOUT",
        default_value = "5s",
        value_parser = duration_between(LEAST, HOUR),
        value_name = "TIME"
    )]
    pub redis_connect_timeout: Duration,
    /// Time for one answer
    #[arg(
        long,
        env = "JOB_WORKER_REDIS_TIMEOUT",
        default_value = "10s",
        value_parser = duration_between(LEAST, HOUR),
        value_name = "TIME"
    )]
    pub redis_timeout: Duration,
    /// Time to keep trying while Redis is down or not ready; then exit 69
    #[arg(
        long,
        env = "JOB_WORKER_REDIS_DOWN_TIMEOUT",
        default_value = "60s",
        value_parser = duration_between(Duration::ZERO, 24 * HOUR),
        value_name = "TIME"
    )]
    pub redis_down_timeout: Duration,
}

/// User and password as they stand now.
#[derive(Clone, Default)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

impl ConnectionArgs {
    /// Reads the login, from its files if there are any.
    pub(super) fn login(&self) -> Result<Login, ConnectionError> {
        let mut login =
            Login { user: self.redis_user.clone(), password: self.redis_password.clone() };
        if let Some(path) = &self.redis_user_file {
            login.user = Some(secret(path, "--redis-user-file")?);
        }
        if let Some(path) = &self.redis_password_file {
            login.password = Some(secret(path, "--redis-password-file")?);
        }
        // What charts set to the empty string is not given, and an empty Secret is no password.
        login.user = login.user.filter(|user| !user.is_empty());
        login.password = login.password.filter(|password| !password.is_empty());
        Ok(login)
    }

    /// Reads the certificates.
    pub(super) fn certificates(&self) -> Result<redis::TlsCertificates, ConnectionError> {
        let client_tls = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some(redis::ClientTlsConfig {
                client_cert: file(cert, "--tls-cert")?,
                client_key: file(key, "--tls-key")?,
            }),
            _ => None,
        };
        let root_cert = match &self.tls_ca {
            Some(path) => Some(file(path, "--tls-ca")?),
            None => None,
        };
        Ok(redis::TlsCertificates { client_tls, root_cert })
    }
}

fn file(path: &PathBuf, flag: &'static str) -> Result<Vec<u8>, ConnectionError> {
    std::fs::read(path).map_err(|source| ConnectionError::File {
        path: path.display().to_string(),
        flag,
        source,
    })
}

/// A secret's file may end with a line break that is not part of it.
fn secret(path: &PathBuf, flag: &'static str) -> Result<String, ConnectionError> {
    let text = String::from_utf8_lossy(&file(path, flag)?).into_owned();
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
