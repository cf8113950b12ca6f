//! The tables against what is fetched: everything that a path can name comes about, in the type that its table says, and
//! nothing comes that no table names. Held against the replica, whose answers nobody wrote for this.
use std::collections::{BTreeMap, BTreeSet};

use replica::{Options, Replica};
use serde_json::Value;

use crate::aws::{Access, Aws, Credentials, Kind, OwnCall, Paths, Record, Snapshot, Wants};
use crate::schema::{Field, Source, Type};

/// The replica of a lab, and clients for it.
pub(super) async fn replica(phase: &str) -> (Replica, Aws) {
    let options = Options {
        lab: "ha-web".to_owned(),
        phase: phase.to_owned(),
        ..Options::default()
    };
    let replica = Replica::start(options).await.expect("the replica starts");
    let access = Access {
        region: "us-east-1".to_owned(),
        endpoint_url: Some(replica.endpoint_url().clone()),
        endpoint_urls: BTreeMap::new(),
        credentials: Credentials::Fixed {
            access_key_id: replica.access_key_id().to_owned(),
            secret_access_key: replica.secret_access_key().to_owned(),
            session_token: None,
        },
        expect_account: None,
        isolated: true,
    };
    let aws = Aws::connect(access)
        .await
        .expect("fixed credentials always connect");
    (replica, aws)
}

/// Every path of a kind, relations not followed.
fn paths(kind: Kind) -> Paths {
    fn walk(table: &[Field], before: &[String], paths: &mut Paths) {
        for field in table {
            let path = [before, &[field.name.to_owned()]].concat();
            if let Some(inner) = fields(&field.ty) {
                walk(inner, &path, paths);
            }
            paths.insert(path);
        }
    }
    let mut paths = Paths::new();
    walk(kind.fields(), &[], &mut paths);
    paths
}

fn fields(ty: &Type) -> Option<&'static [Field]> {
    match ty {
        Type::Record(fields) => Some(fields),
        Type::List(of) => fields(of),
        _ => None,
    }
}

/// Where a value is not of its type, if anywhere.
fn misfit(value: &Value, ty: &Type) -> Option<String> {
    let fits = match ty {
        Type::Text => value.is_string(),
        Type::Integer => value.is_i64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Time => value
            .as_str()
            .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
        Type::List(of) => {
            return misfit_in(value.as_array()?.iter().map(|value| misfit(value, of)));
        }
        Type::Record(table) => return misfit_of(value.as_object(), table),
        Type::Resource(kind) => return misfit_of(value.as_object(), kind.fields()),
        Type::Map(of) => match value.as_object() {
            Some(map) => {
                return misfit_in(
                    map.values()
                        .filter(|value| !value.is_null())
                        .map(|value| misfit(value, of)),
                );
            }
            None => false,
        },
    };
    (!fits).then(|| format!("{value} is no {ty:?}"))
}

fn misfit_in(mut each: impl Iterator<Item = Option<String>>) -> Option<String> {
    each.find_map(|found| found)
}

fn misfit_of(record: Option<&Record>, table: &[Field]) -> Option<String> {
    let Some(record) = record else {
        return Some("no record".to_owned());
    };
    record.iter().find_map(
        |(name, value)| match table.iter().find(|field| field.name == name) {
            Some(field) => misfit(value, &field.ty).map(|inner| format!("{name}: {inner}")),
            None => Some(format!("no table names {name}")),
        },
    )
}

/// The words that a table uses are the language's own, each once, and documented.
#[test]
fn tables_name_each_field_once_in_snake_case_with_a_meaning() {
    fn walk(kind: Kind, table: &[Field]) {
        let mut names = BTreeSet::new();
        for field in table {
            assert!(
                names.insert(field.name),
                "{kind}: {} stands twice",
                field.name
            );
            let snake = field
                .name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            assert!(snake, "{kind}.{} is not in snake case", field.name);
            assert!(
                field.doc.ends_with(['.', ')']),
                "{kind}.{} has a sentence",
                field.name
            );
            if let Some(inner) = fields(&field.ty) {
                walk(kind, inner);
            }
        }
    }
    for &kind in Kind::ALL {
        walk(kind, kind.fields());
        assert!(
            kind.fields().iter().any(|field| field.name == "id"),
            "{kind} has an id"
        );
        assert!(
            kind.fields()
                .iter()
                .any(|field| field.name == kind.name_field()),
            "{kind} is found by its {}",
            kind.name_field()
        );
    }
}

#[test]
fn words_lead_back_to_their_kind() {
    for (at, &kind) in Kind::ALL.iter().enumerate() {
        assert_eq!(kind as usize, at, "{kind} stands in its place");
        assert_eq!(Kind::from_word(kind.word()), Some((kind, false)));
        assert_eq!(Kind::from_word(kind.plural()), Some((kind, true)));
        assert_eq!(serde_json::to_value(kind).ok(), Some(kind.word().into()));
    }
    assert_eq!(Kind::from_word("vpcss"), None);
}

/// A derived field that no `derive` knows would be silently absent.
#[test]
fn every_call_of_its_own_belongs_to_the_kind_that_names_it() {
    fn calls(table: &[Field], found: &mut BTreeSet<OwnCall>) {
        for field in table {
            if let Source::OwnCall(call) = field.source {
                found.insert(call);
            }
            if let Some(inner) = fields(&field.ty) {
                calls(inner, found);
            }
        }
    }
    let mut all = BTreeSet::new();
    for &kind in Kind::ALL {
        let mut found = BTreeSet::new();
        calls(kind.fields(), &mut found);
        assert!(
            found.iter().all(|call| call.kind() == kind),
            "{kind}: {found:?}"
        );
        all.extend(found);
    }
    assert_eq!(all.into_iter().collect::<Vec<_>>(), OwnCall::ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_path_can_name_comes_about_in_its_type() {
    let (_replica, aws) = replica("end").await;
    let mut wants = Wants::new();
    for &kind in Kind::ALL {
        wants.kind(kind);
        wants.0.entry(kind).or_default().extend(paths(kind).0);
    }
    let snapshot = aws.snapshot(&wants).await;
    let (met, troubles) = held(&snapshot);
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
    for wanted in [
        "vpc.enable_dns_hostnames",
        "vpc.subnets",
        "subnet.public",
        "subnet.route_table",
        "subnet.network_acl",
        "route_table.subnets",
        "internet_gateway.vpc",
        "security_group.ingress.source_group",
        "instance.subnet",
        "instance.security_groups.security_group",
        "instance.instance_status.status",
        "instance.ssm.ping_status",
        "instance.image.name",
        "instance.user_data.shebang",
        "load_balancer.listeners",
        "load_balancer.target_groups",
        "load_balancer.availability_zones.subnet",
        "load_balancer.attributes",
        "listener.default_actions.target_group",
        "listener.load_balancer",
        "target_group.targets.instance",
        "target_group.targets.health",
        "target_group.load_balancers",
        "target_group.attributes",
        "db_instance.subnet_group",
        "db_instance.vpc_security_groups.security_group",
        "db_instance.db_subnet_group.subnets.subnet",
        "db_subnet_group.subnets.subnet",
    ] {
        assert!(met.contains(wanted), "nothing was met at {wanted}");
    }
}

/// Paths that the replica does not answer: no lab asks for them.
const UNANSWERED: &[(Kind, &str)] = &[(Kind::DbSubnetGroup, "tags")];

/// A snapshot held against the tables: the paths at which something stood, and what did not fit.
fn held(snapshot: &Snapshot) -> (BTreeSet<String>, Vec<String>) {
    let (mut met, mut troubles) = (BTreeSet::new(), Vec::new());
    for &kind in Kind::ALL {
        let records = match snapshot.list(kind) {
            Ok(records) => records,
            Err(error) => {
                troubles.push(format!("{kind}: {error}"));
                continue;
            }
        };
        for record in records {
            for path in paths(kind)
                .0
                .into_iter()
                .filter(|path| !UNANSWERED.contains(&(kind, &path.join("."))))
            {
                let one = [path.clone()].into_iter().collect();
                match snapshot.expand(kind, record, &one) {
                    Ok(value) => {
                        if let Some(found) = misfit_of(value.as_object(), kind.fields()) {
                            troubles.push(format!("{kind} {}: {found}", path.join(".")));
                        }
                        if there(&value, &path) {
                            met.insert(format!("{kind}.{}", path.join(".")));
                        }
                    }
                    Err(error) => troubles.push(format!("{kind}.{}: {error}", path.join("."))),
                }
            }
        }
    }
    troubles.dedup();
    (met, troubles)
}

/// Whether anything stands at a path, in any element of the lists on it.
fn there(value: &Value, path: &[String]) -> bool {
    match (value, path) {
        (Value::Array(list), path) => list.iter().any(|element| there(element, path)),
        (Value::Null, _) => false,
        (_, []) => true,
        (value, [first, rest @ ..]) => value.get(first).is_some_and(|inner| there(inner, rest)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_the_calls_that_the_paths_name_are_made() {
    let (_replica, aws) = replica("end").await;
    let mut wants = Wants::new();
    let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    wants.path(Kind::Subnet, path("public"));
    wants.path(Kind::TargetGroup, path("targets.instance.name"));
    wants.path(Kind::Listener, path("default_actions.target_group_arn"));
    let snapshot = aws.snapshot(&wants).await;
    let groups = snapshot.list(Kind::TargetGroup).expect("listed").len() as u64;
    let balancers = snapshot.list(Kind::LoadBalancer).expect("listed").len() as u64;
    let calls = BTreeMap::from([
        ("sts:GetCallerIdentity".to_owned(), 1),
        ("ec2:DescribeSubnets".to_owned(), 1),
        ("ec2:DescribeRouteTables".to_owned(), 1),
        ("ec2:DescribeInstances".to_owned(), 1),
        ("elasticloadbalancing:DescribeTargetGroups".to_owned(), 1),
        (
            "elasticloadbalancing:DescribeTargetHealth".to_owned(),
            groups,
        ),
        ("elasticloadbalancing:DescribeLoadBalancers".to_owned(), 1),
        (
            "elasticloadbalancing:DescribeListeners".to_owned(),
            balancers,
        ),
    ]);
    assert_eq!(aws.calls(), calls);
    let actions: BTreeSet<&str> = wants.actions();
    assert_eq!(
        actions.into_iter().collect::<Vec<_>>(),
        calls.keys().map(String::as_str).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_the_same_after_it_was_written_down() {
    let (_replica, aws) = replica("end").await;
    let mut wants = Wants::new();
    wants.path(
        Kind::Instance,
        vec![
            "user_data".to_owned(),
            "assignments".to_owned(),
            "RDS_ENDPOINT".to_owned(),
        ],
    );
    wants.path(
        Kind::Instance,
        vec!["subnet".to_owned(), "public".to_owned()],
    );
    let snapshot = aws.snapshot(&wants).await;
    let text = serde_json::to_string(&snapshot).expect("a snapshot serialises");
    let again: Snapshot = serde_json::from_str(&text).expect("and is read again");
    assert_eq!(snapshot, again);
    for instance in again.list(Kind::Instance).expect("listed") {
        let paths = wants.0.get(&Kind::Instance).expect("wanted");
        let value = again
            .expand(Kind::Instance, instance, paths)
            .expect("all was observed");
        assert_eq!(value["subnet"]["public"], true);
        assert!(value["user_data"]["assignments"]["RDS_ENDPOINT"].is_string());
        let other = vec![
            "user_data".to_owned(),
            "assignments".to_owned(),
            "DB_PASSWORD".to_owned(),
        ];
        let error = again.expand(Kind::Instance, instance, &[other].into_iter().collect());
        assert_eq!(
            error.map_err(|error| error.code),
            Err(crate::fault::Code::NotInEvidence)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_region_is_glanced_into() {
    let (_replica, aws) = replica("end").await;
    assert!(aws.elsewhere(Kind::Vpc, "us-west-2").await.is_ok());
    assert!(
        !aws.elsewhere(Kind::Vpc, "us-east-1")
            .await
            .expect("listed")
            .is_empty()
    );
}
