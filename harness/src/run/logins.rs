//! Logins: their passwords fetched from where the stack file says, before anything is looked at. A password that can't be
//! had makes the login unusable, and says why; everything else runs.
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::aws::Aws;
use crate::judge::gate::Logins;
use crate::observe::{Login, Secret};
use crate::report::inert::inert;

/// A login as the stack file tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The user.
    pub user: String,
    /// Where the password is.
    pub password: Place,
    /// The file of certificates that the server's must chain to.
    pub ca: Option<std::path::PathBuf>,
}

/// Where a password is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A variable of the environment.
    Variable(String),
    /// The first line of a file.
    File(std::path::PathBuf),
    /// A secret of Secrets Manager, by its ARN.
    Secret(String),
    /// A parameter of Parameter Store, by its ARN.
    Parameter(String),
}

/// The logins that can be used, and of all of them whether and why not.
#[derive(Debug, Default)]
pub struct Resolved {
    /// By name.
    pub usable: Logins,
    /// By name; why it can't be used.
    pub told: BTreeMap<String, Option<String>>,
}

impl Resolved {
    /// Every password that could be had.
    #[must_use]
    pub fn secrets(&self) -> Vec<Secret> {
        let names = self.told.keys();
        let usable = names.filter_map(|name| self.usable.get(name));
        usable.map(|login| login.password.clone()).collect()
    }
}

/// Fetches every password.
pub async fn resolve(wanted: &[Wanted], aws: &Aws) -> Resolved {
    let mut resolved = Resolved::default();
    for login in wanted {
        let why = match fetch(login, aws).await {
            Ok(usable) => {
                resolved.usable.insert(login.name.clone(), usable);
                None
            }
            Err(why) => Some(why),
        };
        resolved.told.insert(login.name.clone(), why);
    }
    resolved
}

async fn fetch(login: &Wanted, aws: &Aws) -> Result<Login, String> {
    let password = match &login.password {
        Place::Variable(name) => std::env::var(name)
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| format!("the variable {} is not set", inert(name)))?,
        Place::File(path) => {
            let text = read(path)?;
            let text = String::from_utf8(text).map_err(|_| format!("{}: no text", shown(path)))?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        Place::Secret(arn) => aws
            .secret(arn)
            .await
            .map_err(|error| inert(&error.to_string()))?,
        Place::Parameter(arn) => {
            let parameter = aws.parameter(arn).await;
            parameter.map_err(|error| inert(&error.to_string()))?
        }
    };
    let ca = match &login.ca {
        Some(path) => Some(Arc::new(read(path)?)),
        None => None,
    };
    Ok(Login {
        user: login.user.clone(),
        password: Secret::new(password),
        ca,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", shown(path)))
}

fn shown(path: &Path) -> String {
    inert(&path.to_string_lossy())
}
