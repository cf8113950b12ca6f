//! Templates: minijinja expressions in check and stack files. A string that is one `{{ … }}` keeps the value's type,
//! lists too; in a longer string a value is text. A template knows which names it refers to before it is evaluated;
//! what those names stand for is [`crate::world`]'s matter.
use std::collections::BTreeSet;
use std::sync::LazyLock;

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use regex::Regex;
use serde_json::Value;

/// How much work one template may be.
const FUEL: u64 = 20_000;

/// A string of a check file, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    source: String,
    shape: Shape,
    references: BTreeSet<Reference>,
    tolerant: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Shape {
    /// No hole: the text itself.
    #[default]
    Plain,
    /// One hole and nothing else; the expression inside.
    Expression(String),
    /// Text with holes.
    Text,
}

/// A name that a template refers to, with the fields behind it: `alb.dns_name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// A var, a resource, `each`, or one of the built-in names.
    pub name: String,
    /// The dotted path behind it; empty for the name alone.
    pub path: Vec<String>,
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        self.path
            .iter()
            .try_for_each(|segment| write!(f, ".{segment}"))
    }
}

/// Why a template can't be used, or gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It does not parse.
    #[error("{0}")]
    Syntax(String),
    /// `{% … %}`: statements are no part of the language.
    #[error(
        "statements (`{{% … %}}`) are not part of the language; use one expression `{{{{ … }}}}`"
    )]
    Statement,
    /// The value is there but empty: a field that the resource does not have now.
    #[error("`{0}` has no value")]
    NoValue(String),
    /// The expression failed on these values.
    #[error("{0}")]
    Evaluation(String),
}

impl Template {
    /// Parses `source`.
    ///
    /// # Errors
    /// The syntax error, or the statement that has no place here.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if !source.contains("{{") && !source.contains("{%") {
            return Ok(Self {
                source: source.to_owned(),
                shape: Shape::Plain,
                references: BTreeSet::new(),
                tolerant: false,
            });
        }
        if source.contains("{%") {
            return Err(TemplateError::Statement);
        }
        let environment = environment();
        let (shape, names) = if let Some(expression) = sole_expression(source) {
            let compiled = environment
                .compile_expression(expression)
                .map_err(|error| syntax(&error))?;
            (
                Shape::Expression(expression.to_owned()),
                compiled.undeclared_variables(true),
            )
        } else {
            let compiled = environment
                .template_from_str(source)
                .map_err(|error| syntax(&error))?;
            (Shape::Text, compiled.undeclared_variables(true))
        };
        let mut references: BTreeSet<Reference> =
            names.iter().map(|name| Reference::parse(name)).collect();
        add_attributes(source, &mut references);
        Ok(Self {
            source: source.to_owned(),
            shape,
            references,
            tolerant: is_tolerant(source),
        })
    }

    /// The text as written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it refers to.
    #[must_use]
    pub fn references(&self) -> &BTreeSet<Reference> {
        &self.references
    }

    /// Whether it is plain text without a hole.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.shape == Shape::Plain
    }

    /// The one reference that the whole template is, if it is a bare path: its type can then be told beforehand.
    #[must_use]
    pub fn bare_reference(&self) -> Option<&Reference> {
        let Shape::Expression(expression) = &self.shape else {
            return None;
        };
        let reference = self.references.first()?;
        (self.references.len() == 1 && reference.to_string() == expression.trim())
            .then_some(reference)
    }

    /// The value among `names`, a map from name to value.
    ///
    /// # Errors
    /// [`TemplateError::NoValue`] where a path that it names is not there or null, else the evaluation's own error.
    pub fn evaluate(&self, names: &Value) -> Result<Value, TemplateError> {
        if self.is_plain() {
            return Ok(Value::String(self.source.clone()));
        }
        if !self.tolerant {
            for reference in &self.references {
                if reference
                    .lookup(names)
                    .is_none_or(serde_json::Value::is_null)
                {
                    return Err(TemplateError::NoValue(reference.to_string()));
                }
            }
        }
        let environment = environment();
        let context = minijinja::Value::from(minijinja::value::Serde(names));
        match &self.shape {
            Shape::Expression(expression) => {
                let value = environment
                    .compile_expression(expression)
                    .and_then(|compiled| compiled.eval(context))
                    .map_err(|error| evaluation(&error))?;
                if value.is_undefined() || value.is_none() {
                    return Err(TemplateError::NoValue(expression.trim().to_owned()));
                }
                serde_json::to_value(&value)
                    .map_err(|error| TemplateError::Evaluation(error.to_string()))
            }
            Shape::Text | Shape::Plain => environment
                .template_from_str(&self.source)
                .and_then(|compiled| compiled.render(context))
                .map(Value::String)
                .map_err(|error| evaluation(&error)),
        }
    }
}

impl Reference {
    fn parse(dotted: &str) -> Self {
        let mut segments = dotted.split('.').map(str::to_owned);
        Self {
            name: segments.next().unwrap_or_default(),
            path: segments.collect(),
        }
    }

    /// The value that it points to in `names`; none through a list, whose elements have no names.
    fn lookup<'v>(&self, names: &'v Value) -> Option<&'v Value> {
        let mut value = names.get(&self.name)?;
        for segment in &self.path {
            if value.is_array() {
                return Some(value);
            }
            value = value.get(segment)?;
        }
        Some(value)
    }
}

/// The expression inside a string that is one hole.
fn sole_expression(source: &str) -> Option<&str> {
    let inside = source.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inside.contains("{{") && !inside.contains("}}")).then_some(inside)
}

/// `list | map(attribute='subnet.id')` refers to a field of each element, which the parser does not tell.
fn add_attributes(source: &str, references: &mut BTreeSet<Reference>) {
    static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"([A-Za-z_][\w.]*)\s*\|\s*map\(\s*attribute\s*=\s*['"]([\w.]+)['"]"#)
            .expect("a regex")
    });
    for found in ATTRIBUTE.captures_iter(source) {
        references.insert(Reference::parse(&format!("{}.{}", &found[1], &found[2])));
    }
}

/// Whether the author deals with missing values himself.
fn is_tolerant(source: &str) -> bool {
    source.contains("default(") || source.contains("is defined") || source.contains("is undefined")
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("map", minijinja::filters::map);
    environment.add_filter("list", minijinja::filters::list);
    environment.add_filter("join", minijinja::filters::join);
    environment.add_filter("lower", minijinja::filters::lower);
    environment.add_filter("upper", minijinja::filters::upper);
    environment.add_filter("replace", minijinja::filters::replace);
    environment.add_filter("length", minijinja::filters::length);
    environment.add_filter("sort", minijinja::filters::sort);
    environment.add_filter("first", minijinja::filters::first);
    environment.add_filter("last", minijinja::filters::last);
    environment.add_filter("unique", minijinja::filters::unique);
    environment.add_filter("default", minijinja::filters::default);
    environment.add_filter("int", minijinja::filters::int);
    environment.add_filter("string", minijinja::filters::string);
    environment.add_test("defined", minijinja::tests::is_defined);
    environment.add_test("undefined", minijinja::tests::is_undefined);
    environment
}

fn syntax(error: &minijinja::Error) -> TemplateError {
    TemplateError::Syntax(describe(error))
}

fn evaluation(error: &minijinja::Error) -> TemplateError {
    TemplateError::Evaluation(describe(error))
}

fn describe(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names() -> Value {
        json!({
            "app_port": 3000,
            "version": "8.40",
            "alb": { "dns_name": "a.example", "public": null },
            "subnets": [ { "id": "s-1", "cidr_block": "10.0.0.0/24" }, { "id": "s-2", "cidr_block": "10.0.1.0/24" } ],
        })
    }

    #[test]
    fn one_hole_keeps_the_values_type_and_a_longer_string_is_text() {
        for (source, expected) in [
            ("{{ app_port }}", json!(3000)),
            ("{{ version }}", json!("8.40")),
            ("port {{ app_port }}", json!("port 3000")),
            (
                "http://{{ alb.dns_name }}:{{ app_port }}/",
                json!("http://a.example:3000/"),
            ),
            (
                "{{ subnets | map(attribute='id') | list }}",
                json!(["s-1", "s-2"]),
            ),
            ("plain", json!("plain")),
        ] {
            assert_eq!(
                Template::parse(source).unwrap().evaluate(&names()).unwrap(),
                expected,
                "{source}"
            );
        }
    }

    #[test]
    fn what_is_missing_or_null_has_no_value_and_never_becomes_text() {
        for source in [
            "{{ alb.public }}",
            "x{{ alb.public }}",
            "{{ alb.nope }}",
            "{{ nope }}",
            "http://{{ nope.x }}/",
        ] {
            let error = Template::parse(source)
                .unwrap()
                .evaluate(&names())
                .unwrap_err();
            assert!(
                matches!(error, TemplateError::NoValue(_)),
                "{source}: {error}"
            );
        }
        let tolerant = Template::parse("{{ alb.nope | default('none given') }}").unwrap();
        assert_eq!(tolerant.evaluate(&names()).unwrap(), json!("none given"));
    }

    #[test]
    fn references_are_known_before_evaluation() {
        let template = Template::parse(
            "{{ alb.dns_name }}/{{ subnets | map(attribute='route_table.id') | join(',') }}",
        )
        .unwrap();
        let found: Vec<String> = template
            .references()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, ["alb.dns_name", "subnets", "subnets.route_table.id"]);
        assert_eq!(
            Template::parse("{{ alb.dns_name }}")
                .unwrap()
                .bare_reference()
                .unwrap()
                .to_string(),
            "alb.dns_name"
        );
        assert!(
            Template::parse("{{ alb.dns_name | upper }}")
                .unwrap()
                .bare_reference()
                .is_none()
        );
    }

    #[test]
    fn statements_syntax_errors_and_endless_work_are_refused() {
        assert_eq!(
            Template::parse("{% for x in y %}{% endfor %}"),
            Err(TemplateError::Statement)
        );
        assert!(matches!(
            Template::parse("{{ a b }}"),
            Err(TemplateError::Syntax(_))
        ));
        assert!(matches!(
            Template::parse("{{ a "),
            Err(TemplateError::Syntax(_))
        ));
    }
}
