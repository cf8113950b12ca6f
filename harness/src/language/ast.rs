//! A lab as its author wrote it, places kept: what the files say, with every key known and every value of the right
//! shape, and nothing yet resolved. Shared by the loader, which makes it, and the plan, which reads it.
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::text::Text;

/// A place in a source file: the file by its number in [`super::source::Sources`] and a byte range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// Index of the file in the run's sources.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> At<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A scalar as written: its text, and whether quotes took it out of YAML's own typing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scalar {
    /// The characters: of a plain scalar those in the file (`0300`, `8.40`), of a quoted one what they stand for.
    pub text: String,
    /// Whether it was quoted or a block: then it is text whatever it looks like.
    pub quoted: bool,
}

/// Any YAML value with places kept: arguments of `equals`, vars, `where` patterns' literals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `null`, `~` or nothing.
    Null,
    /// A scalar.
    Scalar(Scalar),
    /// A list.
    List(Vec<At<Tree>>),
    /// A map in file order; keys are unique.
    Map(Vec<(At<String>, At<Tree>)>),
}

/// A whole lab: `lab.yaml`, its check files and `rows.yaml`.
#[derive(Clone, Debug)]
pub struct Lab {
    /// The folder.
    pub folder: PathBuf,
    /// `lab:`.
    pub name: At<String>,
    /// `title:`.
    pub title: Text,
    /// `stack_name:`, a regex on the whole name.
    pub stack_name: At<String>,
    /// `regions:`; the first is the default.
    pub regions: Vec<At<String>>,
    /// `vars:`.
    pub vars: IndexMap<String, At<Tree>>,
    /// `resources:`.
    pub resources: IndexMap<String, At<ResourceDecl>>,
    /// `phases:`, in order.
    pub phases: Vec<At<String>>,
    /// `vantages:`, the names beside `internet` that its checks are dialled from.
    pub vantages: Vec<At<String>>,
    /// `optional_vantages:`, more of them, without which the lab is graded whole.
    pub optional_vantages: Vec<At<String>>,
    /// All checks of all files, in file and then written order.
    pub checks: Vec<Check>,
    /// The rows of the lab's text, by id.
    pub rows: IndexMap<String, Row>,
    /// What was named and could not be read.
    pub unread: Unread,
}

/// Names of what could not be read. The mistake has been told where it is; whoever looks a lab through for more of
/// them takes these names for known.
#[derive(Clone, Debug, Default)]
pub struct Unread {
    /// Ids of checks.
    pub checks: BTreeSet<String>,
    /// Names of resources.
    pub resources: BTreeSet<String>,
}

/// A row of `rows.yaml`: one assertion of the lab's text.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where its id stands.
    pub span: Span,
    /// `type:`: RO, RW or DRILL.
    pub kind: RowKind,
    /// `severity:` as written (`E`, `W`, `I`, `E engine / W patch`).
    pub severity: String,
    /// `phase:` as written.
    pub phase: String,
    /// `text:`.
    pub text: Text,
    /// `cannot:`: why no check can judge it.
    pub cannot: Option<String>,
}

/// What judging a row does to the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Only looks.
    ReadOnly,
    /// Writes something small and removes it.
    ReadWrite,
    /// Disrupts.
    Drill,
}

/// `web1: { instance: { name: ha-web-server-1, vpc: vpc } }`
#[derive(Clone, Debug)]
pub struct ResourceDecl {
    /// The kind's word as written: `instance`, `subnets`.
    pub kind: At<String>,
    /// `name:`, a template: the Name tag, or the kind's own name.
    pub name: Option<At<String>>,
    /// `vpc:`, the name of another resource.
    pub vpc: Option<At<String>>,
    /// `tags:`, values are templates.
    pub tags: Vec<(At<String>, At<String>)>,
    /// `where:`, a pattern on the kind's fields.
    pub filter: Option<Expect>,
}

/// How much a check weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Counts for points, completeness and the exit code.
    #[default]
    Error,
    /// Shown; counts for nothing.
    Warning,
    /// Shown as information.
    Info,
}

/// One check as written.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its id, kebab case.
    pub id: At<String>,
    /// `asserts:`, ids of rows.
    pub asserts: Vec<At<String>>,
    /// `title:`.
    pub title: Text,
    /// `phase:`, from when it holds; the file's own `phase:` where the check names none.
    pub phase: Option<At<String>>,
    /// `until:`, inclusive.
    pub until: Option<At<String>>,
    /// `except:`.
    pub except: Vec<At<String>>,
    /// `severity:`.
    pub severity: Severity,
    /// `points:`; default 1.
    pub points: At<u32>,
    /// `for_each:`, names of resources.
    pub for_each: Vec<At<String>>,
    /// `needs:`, check ids, `id[each]` and `id[name]` among them.
    pub needs: Vec<At<String>>,
    /// `agrees_with:`, a check id.
    pub agrees_with: Vec<At<String>>,
    /// `because:`, check ids.
    pub because: Vec<At<String>>,
    /// `from:`, a vantage; of every step that names none.
    pub from: Option<At<String>>,
    /// `steps:`, in order; a `probe:` with its `expect:` and `times:` is the one step of a check.
    pub steps: Vec<Step>,
    /// `finally:`, what is done in the end, whatever became of the steps.
    pub finally: Vec<Step>,
    /// `writes: true`: it changes the stack, and puts back what it changed.
    pub writes: bool,
    /// `eventually:`, a duration or a template for one.
    pub eventually: Option<At<String>>,
    /// `timeout:` of one attempt.
    pub timeout: Option<At<Duration>>,
    /// `hint:` or `hints:`, in order; the first that fits the observation is shown.
    pub hints: Vec<Hint>,
}

/// One look of a check.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it stands: the check's id, or the step itself.
    pub span: Span,
    /// `from:`, a vantage; the check's own where the step names none.
    pub from: Option<At<String>>,
    /// `probe:`.
    pub probe: At<Probe>,
    /// `expect:`; absent means the probe's positive outcome alone.
    pub expect: Option<At<Expect>>,
    /// `times:`, each must hold; default 1.
    pub times: Option<At<u32>>,
    /// `save:`, names for later steps, and what of the observation each stands for.
    pub save: Vec<(At<String>, At<FieldPath>)>,
}

/// A hint, and which observation picks it.
#[derive(Clone, Debug)]
pub struct Hint {
    /// `when:`, an expectation on the observation; absent fits always.
    pub when: Option<At<Expect>>,
    /// What the student should look at and click.
    pub text: Text,
}

/// What is looked at. Strings are templates. One variant a probe; a new one is a compile error until handled.
#[derive(Clone, Debug)]
pub enum Probe {
    /// `{ resource: web_sg }`
    Resource(At<String>),
    /// `{ dns: { name, type } }`
    Dns(DnsProbe),
    /// `{ tcp: { host, port } }`
    Tcp(TcpProbe),
    /// `{ http: { url, method, headers, form } }`
    Http(HttpProbe),
    /// `{ mysql: { host, login, query } }`
    Mysql(MysqlProbe),
    /// `{ command: { argv } }`
    Command(CommandProbe),
    /// `{ vantage: bastion }`
    Vantage(At<String>),
    /// What a check of `kind: drill` has in the place of a probe.
    Drill(DrillProbe),
}

/// `kind: drill`
#[derive(Clone, Debug)]
pub struct DrillProbe {
    /// `disrupt:`.
    pub disrupt: Disrupt,
    /// `target_group:`, the group whose health tells that the disruption is seen.
    pub target_group: Option<At<String>>,
    /// `steady_state:`, the check that is sampled all through.
    pub steady_state: At<String>,
    /// `every:`, between two samples; a second where absent.
    pub every: Option<At<Duration>>,
    /// `during:`, checks looked at while it is disrupted.
    pub during: Vec<At<String>>,
    /// `after:`, checks looked at when it is restored.
    pub after: Vec<At<String>>,
    /// `restore: original-writer`.
    pub restore_writer: bool,
}

/// `disrupt:`, by the name of a resource.
#[derive(Clone, Debug)]
pub enum Disrupt {
    /// `{ stop_instance: web1 }`
    Stop(At<String>),
    /// `{ failover_cluster: cluster }`
    FailOver(At<String>),
    /// `{ stop_service: { instance: web1, unit: nginx } }`
    StopService {
        /// The server.
        instance: At<String>,
        /// The unit that systemd knows it by.
        unit: At<String>,
    },
}

/// `mysql:`
#[derive(Clone, Debug)]
pub struct MysqlProbe {
    /// Name or address; absent in a step after one that connected, whose connection it uses.
    pub host: Option<At<String>>,
    /// `port:`; 3306 where absent.
    pub port: Option<At<String>>,
    /// `login:`, a name of the stack file's `logins:`.
    pub login: Option<At<String>>,
    /// `database:`.
    pub database: Option<At<String>>,
    /// `query:`; absent means that logging in is all that is asked.
    pub query: Option<At<String>>,
}

/// `command:`
#[derive(Clone, Debug)]
pub struct CommandProbe {
    /// `argv:`, words that reach the command as they are.
    pub argv: Vec<At<String>>,
    /// `script:`, for a shell.
    pub script: Option<At<String>>,
    /// `parse:`, how standard output is read.
    pub parse: Option<At<String>>,
    /// `capture:`, a regex for each name.
    pub capture: Vec<(At<String>, At<String>)>,
}

/// `dns:`
#[derive(Clone, Debug)]
pub struct DnsProbe {
    /// The name asked.
    pub name: At<String>,
    /// `type:` `A` (default), `AAAA` or `CNAME`.
    pub record: Option<At<String>>,
}

/// `tcp:`
#[derive(Clone, Debug)]
pub struct TcpProbe {
    /// Name or address.
    pub host: At<String>,
    /// Port, a number or a template.
    pub port: At<String>,
}

/// `http:`
#[derive(Clone, Debug)]
pub struct HttpProbe {
    /// `http://…` or `https://…`.
    pub url: At<String>,
    /// `method:`, GET, HEAD or POST; GET where absent, POST where there is a form.
    pub method: Option<At<String>>,
    /// `headers:`.
    pub headers: Vec<(At<String>, At<String>)>,
    /// `json: true`: the body is parsed into `json`.
    pub json: bool,
    /// `form:`, sent as a browser sends a form.
    pub form: Vec<(At<String>, At<String>)>,
    /// `select:`, a CSS selector for each name.
    pub select: Vec<(At<String>, At<String>)>,
    /// `capture:`, a regex for each name.
    pub capture: Vec<(At<String>, At<String>)>,
}

/// What must hold of a value, as written.
#[derive(Clone, Debug)]
pub enum Expect {
    /// A bare scalar: equality in the type of the field; may be a template.
    Equals(Scalar),
    /// A map whose keys are all matchers: all of them hold.
    Matchers(Vec<At<Matcher>>),
    /// A map with none: each dotted path holds, other fields are free.
    Pattern(Vec<(At<FieldPath>, At<Expect>)>),
}

/// A dotted path: `error.code`, `targets`, `tags.Name`. A segment in quotes may hold dots: `tags."a.b"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FieldPath(pub Vec<String>);

/// A matcher with its argument, as written.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// Literally this, lists and maps too.
    Equals(At<Tree>),
    /// The inner expectation does not hold (of a value that is there).
    Not(Box<At<Expect>>),
    /// Equal to one of these; a template may give one value or a list of them.
    OneOf(Vec<At<Scalar>>),
    /// A text holds this text; a list holds an element that meets this.
    Contains(Box<At<Expect>>),
    /// A text begins so.
    StartsWith(At<Scalar>),
    /// A text matches this regex somewhere.
    Matches(At<String>),
    /// An address is in this block; a template may give one or a list of blocks.
    InCidr(Vec<At<Scalar>>),
    /// A number or an instant or a duration is this or more.
    AtLeast(At<Scalar>),
    /// This or less.
    AtMost(At<Scalar>),
    /// Both ends inclusive.
    Between(At<Scalar>, At<Scalar>),
    /// Each element meets it, and there is one.
    Every(Box<At<Expect>>),
    /// At least one element meets it.
    Some(Box<At<Expect>>),
    /// No element meets it.
    None(Box<At<Expect>>),
    /// The same set in any order: each listed matches one element, and nothing else is there.
    Only(Vec<At<Expect>>),
    /// A template that gives the whole list for `only`.
    OnlyTemplate(At<Scalar>),
    /// How many elements; a number, or matchers on it.
    Count(Box<At<Expect>>),
    /// No two elements are equal (`true`), of a field of theirs where a path is given.
    Distinct(Option<At<FieldPath>>),
    /// There is a value that is not null (`true`).
    Present,
    /// There is none (`true`).
    Absent,
    /// An empty text, list or map, or nothing (`true`).
    Empty,
    /// All of these hold.
    AllOf(Vec<At<Expect>>),
    /// One of these holds.
    AnyOf(Vec<At<Expect>>),
}

/// A stack file as written.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// `lab:`.
    pub lab: Option<At<String>>,
    /// `region:`.
    pub region: Option<At<String>>,
    /// `profile:`.
    pub profile: Option<At<String>>,
    /// `role_arn:`.
    pub role_arn: Option<At<String>>,
    /// `external_id:`.
    pub external_id: Option<At<String>>,
    /// `credentials_file:`, keys alone are taken from it.
    pub credentials_file: Option<At<String>>,
    /// `credentials: instance`: the machine's own role by IMDS.
    pub instance_credentials: bool,
    /// `expect_account:`, text.
    pub expect_account: Option<At<String>>,
    /// `endpoint_url:`.
    pub endpoint_url: Option<At<String>>,
    /// `endpoint_urls:` by service: `ec2`, `elbv2`, `rds`, `ssm`, `sts`.
    pub endpoint_urls: Vec<(At<String>, At<String>)>,
    /// `vars:`.
    pub vars: IndexMap<String, At<Tree>>,
    /// `vantages:`, in order.
    pub vantages: Vec<(At<String>, At<VantageDecl>)>,
    /// `logins:`, in order.
    pub logins: Vec<(At<String>, At<LoginDecl>)>,
    /// `replica:`.
    pub replica: Option<At<ReplicaDecl>>,
}

/// A vantage as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VantageDecl {
    /// How it is reached.
    pub carrier: CarrierDecl,
    /// `resolver: 127.0.0.1:5353`, an address with an optional port (53).
    pub resolver: Option<At<String>>,
}

/// How a vantage carries a dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CarrierDecl {
    /// From this machine.
    Direct,
    /// Through a SOCKS5 gateway at this address.
    Socks5(At<String>),
    /// Through a host of the stack.
    Ssh(SshDecl),
    /// Through a host of the stack, by Systems Manager.
    Ssm(SsmDecl),
    /// Not at all: checks from here are skipped.
    None,
}

/// `ssh: { host, user, key }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshDecl {
    /// `host:`, a template: an address or a name of the lab's own.
    pub host: At<String>,
    /// `port:`; 22 where absent.
    pub port: Option<At<String>>,
    /// `user:`.
    pub user: At<String>,
    /// `key:`, a path; the agent's keys where absent.
    pub key: Option<At<String>>,
    /// `known_hosts:`, a path; `~/.ssh/known_hosts` where absent.
    pub known_hosts: Option<At<String>>,
    /// `accept_new: true`: a host that is not known is taken down rather than refused.
    pub accept_new: bool,
}

/// `ssm: { instance, plugin }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsmDecl {
    /// `instance:`, an instance of the lab's own by its name there, an id, or a template of one.
    pub instance: At<String>,
    /// `plugin:`, the path of `session-manager-plugin`; looked for in `PATH` where absent.
    pub plugin: Option<At<String>>,
}

/// `{ user, password: { env: NAME } }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginDecl {
    /// `user:`.
    pub user: At<String>,
    /// `password:`.
    pub password: SecretDecl,
    /// `ca:`, a file of certificates: TLS is then asked for, and held against them.
    pub ca: Option<At<String>>,
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretDecl {
    /// `env:`, a variable.
    Env(At<String>),
    /// `file:`, the first line of a file.
    File(At<String>),
    /// `secret:`, an ARN of Secrets Manager.
    Secret(At<String>),
    /// `parameter:`, an ARN of Parameter Store.
    Parameter(At<String>),
}

/// `replica: { faults: [], speed: 1, phase: end }`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaDecl {
    /// `faults:`.
    pub faults: Vec<At<String>>,
    /// `speed:`; 1 is real time.
    pub speed: Option<At<f64>>,
    /// `phase:`; the run's own where absent.
    pub phase: Option<At<String>>,
    /// `api_latency:`, added to each API answer.
    pub api_latency: Option<At<Duration>>,
}
