//! `logins:` of a stack file: who logs in to a database, and where the password is. A password itself never stands there.
use super::ast::{At, LoginDecl, SecretDecl, Tree};
use super::diagnostic::{Diagnostic, Diagnostics};
use super::fields::{Fields, map, text};
use super::names::kebab;

/// The keys of a login.
pub(super) const KEYS: [&str; 3] = ["user", "password", "ca"];

/// The places that a password may be in.
pub(super) const PLACES: [(&str, &str); 4] = [
    ("env", "the name of an environment variable"),
    ("file", "a file"),
    ("secret", "the ARN of a secret in Secrets Manager"),
    ("parameter", "the ARN of a SecureString of SSM"),
];

/// Reads `logins:`.
pub fn read(tree: &At<Tree>, found: &mut Diagnostics) -> Vec<(At<String>, At<LoginDecl>)> {
    let mut logins = Vec::new();
    for (name, value) in map(tree, "names and logins", found).unwrap_or_default() {
        kebab(name, "the name of a login", found);
        logins.extend(
            login(name, value, found).map(|decl| (name.clone(), At::new(decl, value.span))),
        );
    }
    logins
}

fn login(name: &At<String>, tree: &At<Tree>, found: &mut Diagnostics) -> Option<LoginDecl> {
    let fields = Fields::open(tree, "a login", name.span, &KEYS, found)?;
    let user = fields
        .require("user", found)
        .and_then(|tree| text(tree, found));
    let password = fields
        .require("password", found)
        .and_then(|tree| secret(tree, found));
    Some(LoginDecl {
        user: user?,
        password: password?,
        ca: fields.get("ca").and_then(|tree| text(tree, found)),
    })
}

fn secret(tree: &At<Tree>, found: &mut Diagnostics) -> Option<SecretDecl> {
    const WHERE: &str = "write where it is: `{ env: LAB_DB_PASSWORD }`, `{ file: PATH }`, `{ secret: ARN }` or `{ parameter: ARN }`";
    let Tree::Map(entries) = &tree.value else {
        // The text is not repeated: it may be the password.
        found.push(Diagnostic::new(tree.span, "a password does not stand in a file").help(WHERE));
        return None;
    };
    let [(key, value)] = &entries[..] else {
        found.push(Diagnostic::new(tree.span, "a password is in one place").help(WHERE));
        return None;
    };
    let place = text(value, found)?;
    match key.value.as_str() {
        "env" => Some(SecretDecl::Env(place)),
        "file" => Some(SecretDecl::File(place)),
        "secret" => Some(SecretDecl::Secret(place)),
        "parameter" => Some(SecretDecl::Parameter(place)),
        _ => {
            found.push(Diagnostic::new(key.span, "unknown place of a password").help(WHERE));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::testing::{made, told};

    #[test]
    fn a_password_is_told_by_its_place() {
        let logins = made(
            "db: { user: admin, password: { env: LAB_DB_PASSWORD }, ca: rds.pem }\nb: { user: x, password: { secret: 'arn:x' } }\n",
            read,
        );
        assert_eq!(logins[0].1.value.user.value, "admin");
        assert!(
            matches!(&logins[0].1.value.password, SecretDecl::Env(name) if name.value == "LAB_DB_PASSWORD")
        );
        assert!(
            matches!(&logins[1].1.value.password, SecretDecl::Secret(arn) if arn.value == "arn:x")
        );
    }

    #[test]
    fn a_password_in_the_file_is_refused_and_not_repeated() {
        for (text, title) in [
            (
                "db: { user: admin, password: hunter2 }",
                "a password does not stand in a file",
            ),
            (
                "db: { user: admin, password: { env: A, file: b } }",
                "a password is in one place",
            ),
            (
                "db: { user: admin, password: { vault: A } }",
                "unknown place of a password",
            ),
            ("db: { user: admin }", "a login lacks the key `password`"),
        ] {
            assert_eq!(told(text, read), [title], "{text}");
        }
    }
}
