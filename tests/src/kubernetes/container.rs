//! A pod's containers, as the kubelet starts them: with the arguments, variables, files, user and
//! limits of the manifest.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use k8s_openapi::api::core::v1::{Container, PodSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::manifests::Manifests;
use super::spec_values::{expand, open_to_all};
use super::stop::Stop;
use crate::worker::binary;

/// What runs a container.
#[derive(Clone, Debug)]
pub enum Runtime {
    /// The binary of this workspace as a process. Files are where the manifest mounts them but for
    /// a folder before it, which is put into the arguments; limits are not set.
    Process,
    /// The image in Docker.
    Docker {
        /// The tag of the workers' images.
        tag: String,
        /// The network, such as `host` or `none`.
        network: String,
        /// A label, `KEY=VALUE`, by which the containers are found.
        label: String,
        /// User and group instead of those of the manifest.
        user: Option<(u32, u32)>,
    },
}

/// What a pod finds around it.
#[derive(Debug)]
pub struct Cluster {
    /// ConfigMaps and Secrets are looked up here.
    pub manifests: Manifests,
    /// Host and port of each Service.
    pub services: BTreeMap<String, (String, u16)>,
    /// What runs containers.
    pub runtime: Runtime,
    /// Where the pods' files go; every user can read it.
    pub folder: PathBuf,
    stop: Stop,
}

/// One attempt at a Job's work.
#[derive(Clone, Debug)]
pub struct Pod {
    /// Its name, which no other pod has.
    pub name: String,
    /// The completion index, in an Indexed Job.
    pub index: Option<i32>,
    /// When the controller made it.
    pub created: Instant,
    pub(super) spec: PodSpec,
    pub(super) labels: BTreeMap<String, String>,
}

/// A container at work.
#[derive(Debug)]
pub struct Running {
    /// The process: of the worker, or of the Docker client that waits for it.
    child: Child,
    docker: Option<String>,
}

/// How a container ended.
#[derive(Clone, Debug)]
pub struct Exit {
    /// Its name.
    pub container: String,
    /// 128 and the number of the signal, where a signal ended it.
    pub code: i32,
    /// The termination message.
    pub message: String,
    /// What it logged.
    pub log: String,
    /// The time at which it had ended.
    pub ended: Instant,
    /// The termination messages of the containers that prepared the work.
    pub prepared: Vec<String>,
}

impl Running {
    /// Ends it at once, as a lost node does.
    pub fn kill(&mut self) {
        match &self.docker {
            Some(name) => drop(Command::new("docker").args(["kill", name]).output()),
            None => drop(self.child.kill()),
        }
    }
}

impl Cluster {
    /// Makes the folder readable for the containers' user.
    ///
    /// # Errors
    ///
    /// If a file cannot be made.
    pub fn new(
        manifests: Manifests,
        services: &[(&str, &str)],
        runtime: Runtime,
        folder: &Path,
    ) -> anyhow::Result<Cluster> {
        let workers = match runtime {
            Runtime::Process => {
                ["partition-worker", "queue-worker", "log-aggregator", "sample-data"]
                    .map(binary)
                    .to_vec()
            }
            Runtime::Docker { .. } => Vec::new(),
        };
        Cluster::with_workers(manifests, services, runtime, folder, &workers)
    }

    /// The same with other programs as workers, in place of those beside this one; in Docker there
    /// are none.
    pub fn with_workers(
        manifests: Manifests,
        services: &[(&str, &str)],
        runtime: Runtime,
        folder: &Path,
        workers: &[PathBuf],
    ) -> anyhow::Result<Cluster> {
        open_to_all(folder)?;
        let address = |url: &str| -> anyhow::Result<(String, u16)> {
            let (host, port) = url
                .rsplit_once("//")
                .map_or(url, |(_, rest)| rest)
                .rsplit_once(':')
                .context("HOST:PORT")?;
            Ok((host.to_owned(), port.parse()?))
        };
        let services = services.iter().map(|(name, url)| Ok(((*name).to_owned(), address(url)?)));
        let services = services.collect::<anyhow::Result<_>>()?;
        if !workers.is_empty() {
            // The user of the pods may not see the folder of the build. Another process copies: a
            // program that this one holds open for writing, be it in a child that
            // another thread has just made, cannot be started.
            let status = Command::new("cp").args(workers).arg(folder).status()?;
            ensure!(status.success(), "the workers cannot be copied to {}", folder.display());
        }
        Ok(Cluster {
            manifests,
            services,
            runtime,
            folder: folder.to_owned(),
            stop: Stop::default(),
        })
    }

    /// Kills what runs, from any thread, and lets nothing else start: Jobs end soon, and not well.
    /// In Docker that is only the clients; the containers have the label.
    pub fn stop(&self) {
        self.stop.stop();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.is_stopped()
    }

    /// Runs a pod's containers one after the other, those that prepare first; none of ours has two
    /// that work. Ends with the first that fails. `started` is called when the one that works
    /// has started.
    ///
    /// # Errors
    ///
    /// If a container cannot be started, which on a cluster would be an error of the manifest.
    pub fn run(
        &self,
        pod: &Pod,
        started: &(dyn Fn(&Pod, &mut Running) + Sync),
    ) -> anyhow::Result<Exit> {
        let folder = self.folder.join(&pod.name);
        fs::create_dir(&folder)?;
        open_to_all(&folder)?;
        ensure!(pod.spec.containers.len() == 1, "a pod has one container that works");
        let mut prepared = Vec::new();
        let mut exit = None;
        for container in pod.spec.init_containers.iter().flatten() {
            let ended = self.run_container(pod, container, &folder, &|_, _| {})?;
            if ended.code != 0 {
                exit = Some(ended);
                break;
            }
            prepared.push(ended.message);
        }
        let exit = match exit {
            Some(exit) => exit,
            None => self.run_container(pod, &pod.spec.containers[0], &folder, started)?,
        };
        // The kubelet does that when a pod has ended.
        for volume in pod.spec.volumes.iter().flatten().filter(|volume| volume.empty_dir.is_some())
        {
            match fs::remove_dir_all(folder.join(&volume.name)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(Exit { prepared, ..exit })
    }

    fn run_container(
        &self,
        pod: &Pod,
        container: &Container,
        folder: &Path,
        started: &(dyn Fn(&Pod, &mut Running) + Sync),
    ) -> anyhow::Result<Exit> {
        let environment = self.environment(pod, container)?;
        let mounts = self.mounts(pod, container, folder)?;
        let message = folder.join(format!("{}.message", container.name));
        fs::write(&message, "")?;
        fs::set_permissions(&message, Permissions::from_mode(0o666))?;
        let log = folder.join(format!("{}.log", container.name));
        let arguments: Vec<String> = container
            .args
            .iter()
            .flatten()
            .map(|argument| expand(argument, &environment))
            .collect();
        let image = container.image.as_deref().unwrap_or_default();
        let worker = image.strip_prefix("job-workers/").unwrap_or(image);
        let worker = worker.split([':', '@']).next().unwrap_or_default();
        let name = format!("{}-{}", pod.name, container.name);
        let (mut command, docker) = match &self.runtime {
            Runtime::Process => {
                (self.process(worker, pod, &arguments, &environment, &mounts, &message)?, None)
            }
            Runtime::Docker { tag, network, label, user } => {
                let image = format!("job-workers/{worker}:{tag}");
                let place = ["--network", network, "--label", label, "--name", &name];
                (
                    docker(
                        &image,
                        &place,
                        *user,
                        pod,
                        container,
                        &arguments,
                        &environment,
                        &mounts,
                        &message,
                    ),
                    Some(name),
                )
            }
        };
        let file = File::create(&log)?;
        let child = command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn()?;
        let mut running = Running { child, docker };
        let stoppable = self.stop.watch(&running.child)?;
        started(pod, &mut running);
        let status = running.child.wait()?;
        let ended = Instant::now();
        drop(stoppable);
        use std::os::unix::process::ExitStatusExt as _;
        let code = status
            .code()
            .or(status.signal().map(|signal| 128 + signal))
            .context("it ended somehow")?;
        let (message, log) = (fs::read_to_string(&message)?, fs::read_to_string(&log)?);
        Ok(Exit {
            container: container.name.clone(),
            code,
            message,
            log,
            ended,
            prepared: Vec::new(),
        })
    }

    fn process(
        &self,
        worker: &str,
        pod: &Pod,
        arguments: &[String],
        environment: &[(String, String)],
        mounts: &[(String, PathBuf)],
        message: &Path,
    ) -> anyhow::Result<Command> {
        let place = |text: &String| {
            mounts.iter().fold(text.clone(), |text, (at, folder)| {
                text.replace(&format!("{at}/"), &format!("{}/", folder.display()))
            })
        };
        let mut command = Command::new(self.folder.join(worker));
        command
            .args(arguments.iter().map(place))
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (name, place(value))))
            .env("JOB_WORKER_TERMINATION_MESSAGE", message)
            .current_dir("/");
        // Nobody else may become another user.
        if rustix::process::geteuid().is_root() {
            let security = pod.spec.security_context.clone().unwrap_or_default();
            let id = |id: Option<i64>| {
                u32::try_from(id.unwrap_or_default()).context("a user is a number")
            };
            command.gid(id(security.run_as_group)?).uid(id(security.run_as_user)?);
        }
        Ok(command)
    }
}

#[expect(clippy::too_many_arguments, reason = "it is what a container is made of")]
fn docker(
    image: &str,
    place: &[&str],
    user: Option<(u32, u32)>,
    pod: &Pod,
    container: &Container,
    arguments: &[String],
    environment: &[(String, String)],
    mounts: &[(String, PathBuf)],
    message: &Path,
) -> Command {
    let mut command = Command::new("docker");
    command.args(["run", "--rm"]).args(place);
    let security = pod.spec.security_context.clone().unwrap_or_default();
    let (user, group) = match user {
        Some((user, group)) => (user.into(), group.into()),
        None => {
            (security.run_as_user.unwrap_or_default(), security.run_as_group.unwrap_or_default())
        }
    };
    command.args(["--user", &format!("{user}:{group}")]);
    let security = container.security_context.clone().unwrap_or_default();
    if security.read_only_root_filesystem == Some(true) {
        command.arg("--read-only");
    }
    if security.allow_privilege_escalation == Some(false) {
        command.args(["--security-opt", "no-new-privileges"]);
    }
    for capability in
        security.capabilities.and_then(|capabilities| capabilities.drop).unwrap_or_default()
    {
        command.args(["--cap-drop", &capability]);
    }
    let limits =
        container.resources.clone().and_then(|resources| resources.limits).unwrap_or_default();
    if let Some(Quantity(memory)) = limits.get("memory") {
        let memory = memory.trim_end_matches('i').to_lowercase();
        command.args(["--memory", &memory, "--memory-swap", &memory]);
    }
    if let Some(Quantity(cpu)) = limits.get("cpu") {
        let cpus = cpu.strip_suffix('m').map_or(cpu.clone(), |milli| format!("0.{milli:0>3}"));
        command.args(["--cpus", &cpus]);
    }
    for (variable, value) in environment {
        command.args(["--env", &format!("{variable}={value}")]);
    }
    let mounts = mounts.iter().map(|(at, folder)| (folder.as_path(), at.as_str()));
    for (from, to) in mounts.chain([(message, "/dev/termination-log")]) {
        command.args(["--volume", &format!("{}:{to}", from.display())]);
    }
    command.arg(image).args(arguments);
    command
}
