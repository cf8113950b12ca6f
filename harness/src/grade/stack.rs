//! A student's stack file: made of the class's template and the student's own columns, or of the columns alone. A value
//! of the roster is always one YAML text, as it stands in the roster: it can add no key and no line.
use serde_json::{Map, Value, json};

use super::fill::{Filled, filled, quoted, refused};
use super::roster::Student;
use super::templates::Template;

/// The text of a student's stack file.
///
/// # Errors
/// The template can't be filled in, or what stands in a cell can't stand in a stack file.
pub fn stack_file(
    template: Option<&Template>,
    lab: &str,
    student: &Student,
) -> Result<String, String> {
    match template {
        Some(template) => of_template(template, lab, student),
        None => plain(lab, student),
    }
}

/// The columns that say where a student's account is, which are keys of a stack file, too.
fn account(student: &Student) -> [(&str, &String); 5] {
    [
        ("region", &student.region),
        ("profile", &student.profile),
        ("role_arn", &student.role_arn),
        ("external_id", &student.external_id),
        ("credentials_file", &student.credentials_file),
    ]
}

fn plain(lab: &str, student: &Student) -> Result<String, String> {
    let vars = student.vars.iter();
    let vars = vars.map(|(name, value)| (name.as_str(), value));
    let vars = lines(vars, |name, value| format!("  {}: {value}\n", quoted(name)))?;
    let head = if vars.is_empty() { "" } else { "vars:\n" };
    let own = own_keys(&[], student)?;
    Ok(format!("lab: {}\n{own}{head}{vars}", quoted(lab)))
}

fn of_template(template: &Template, lab: &str, student: &Student) -> Result<String, String> {
    let mut columns: Map<String, Value> = student
        .vars
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    for (name, value) in account(student).into_iter().chain([
        ("student", &student.id),
        ("name", &student.name),
        ("stack", &student.stack),
        ("lab", &lab.to_owned()),
    ]) {
        columns.insert(name.to_owned(), json!(value));
    }
    let Filled { text, keys } = filled(template, &columns)?;
    let own = own_keys(&keys, student)?;
    Ok(text + &own)
}

/// A template that does not say where the student's account is gets it from the student's row: no column is dropped.
fn own_keys(said: &[String], student: &Student) -> Result<String, String> {
    let own = account(student).into_iter();
    let own = own.filter(|(key, value)| !value.is_empty() && !said.iter().any(|one| one == key));
    lines(own, |key, value| format!("{key}: {value}\n"))
}

/// A line for each cell, or everything in them that can't stand there.
fn lines<'s>(
    cells: impl Iterator<Item = (&'s str, &'s String)>,
    line: impl Fn(&str, String) -> String,
) -> Result<String, String> {
    let (mut lines, mut wrong) = (String::new(), Vec::new());
    for (column, cell) in cells {
        wrong.extend(refused(column, cell));
        lines += &line(column, quoted(cell));
    }
    if wrong.is_empty() {
        Ok(lines)
    } else {
        Err(wrong.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::language::testing::made;
    use crate::plan::build;

    fn student(vars: &[(&str, &str)]) -> Student {
        let vars = vars.iter();
        let owned = vars.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Student {
            id: "s01@school.example".to_owned(),
            stack: "user01".to_owned(),
            region: "us-east-1".to_owned(),
            role_arn: "arn:aws:iam::123456789012:role/lab".to_owned(),
            vars: owned.collect(),
            ..Student::default()
        }
    }

    /// What a run reads in a student's stack file.
    fn read(text: &str) -> Value {
        made(text, |tree, _| build::plain(&tree.value))
    }

    fn filled_with(template: &str, vars: &[(&str, &str)]) -> Result<String, String> {
        of(Some(template), &student(vars))
    }

    fn of(template: Option<&str>, student: &Student) -> Result<String, String> {
        let template = template.map(|text| Template {
            path: "template.yaml".into(),
            text: text.to_owned(),
            base: "/".into(),
        });
        stack_file(template.as_ref(), "ha-web", student)
    }

    #[test]
    fn a_value_of_the_roster_arrives_as_it_stands_there() {
        let vars = [
            ("vpc", "emp@vpc:1"),
            ("odd", "it's \"5\" \\ {a}, [b] # c: *d & !e | >f %g @h `i`"),
            ("empty", ""),
            ("number", "0300"),
            (
                "rare",
                "\u{feff}か\u{200d}\u{a0}\u{2028}\u{e000}\u{f0000}xxxxx",
            ),
        ];
        let template = "\
vars:
  alone: {{ vpc }}
  single: '{{ vpc }}'
  double: \"{{ vpc }}\"
  within: x-{{ vpc }}-y # {{ vpc }} in a remark
  quoted: 'it''s {{ odd }}'
  escaped: \"\\t{{ odd }}\"
  plain: {{ odd }} and {{ vpc }}
  flow: { a: {{ odd }}, b: [x, '{{ odd }}', 3] }
  folded: >-
    one {{ odd }}
    two
  literal: |
    '{{ odd }}
      {{ vpc }}
  long: 'one
    {{ odd }}

    two'
  over: lines {{ odd }}
    and lines
  {{ vpc }}: key
  number: {{ number }}
  empty: {{ empty }}
  rare: {{ rare }}{{ number }}
  role: '{{ role_arn }}'
  key: 'keys/{{ student }}.pem'
  count: 3
  yes: true
role_arn: {{ role_arn }}
region: x
";
        let odd = vars[1].1;
        let wanted = json!({
            "vars": {
                "alone": "emp@vpc:1",
                "single": "emp@vpc:1",
                "double": "emp@vpc:1",
                "within": "x-emp@vpc:1-y",
                "quoted": format!("it's {odd}"),
                "escaped": format!("\t{odd}"),
                "plain": format!("{odd} and emp@vpc:1"),
                "flow": { "a": odd, "b": ["x", odd, 3] },
                "folded": format!("one {odd} two"),
                "literal": format!("'{odd}\n  emp@vpc:1\n"),
                "long": format!("one {odd}\ntwo"),
                "over": format!("lines {odd} and lines"),
                "emp@vpc:1": "key",
                "number": "0300",
                "empty": "",
                "rare": format!("{}0300", vars[4].1),
                "role": "arn:aws:iam::123456789012:role/lab",
                "key": "keys/s01@school.example.pem",
                "count": 3,
                "yes": true,
            },
            "role_arn": "arn:aws:iam::123456789012:role/lab",
            "region": "x",
        });
        let text = filled_with(template, &vars).unwrap();
        assert_eq!(read(&text), wanted);
        let windows = filled_with(&template.replace('\n', "\r\n"), &vars).unwrap();
        assert_eq!(read(&windows), wanted);
        let cut_short = filled_with("role_arn: x\nregion: |-\n  {{ vpc }}", &vars).unwrap();
        assert_eq!(read(&cut_short)["region"], "emp@vpc:1");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), template.lines().count());
        for (place, line) in template.lines().enumerate() {
            let anew = line.contains("{{")
                || ["long: 'one", "two'", "and lines", ""].contains(&line.trim());
            assert!(anew || lines[place] == line, "line {place} stays: {text}");
        }
    }

    #[test]
    fn two_students_never_become_one() {
        let user = |id: &str| {
            let student = Student {
                id: id.to_owned(),
                ..Student::default()
            };
            read(&of(Some("vars: { user: x{{ student }} }\n"), &student).unwrap())
        };
        assert_ne!(user("a@b"), user("ab"));
    }

    #[test]
    fn a_list_of_one_bare_column_is_the_list_in_the_cell() {
        let template = "replica: { faults: [{{ faults }}], one: ['{{ faults }}'] }\nall:\n- {{ faults }}\nregion: x\nrole_arn: x\n";
        for (cell, list) in [
            ("", json!([])),
            ("a", json!(["a"])),
            ("a, b: [c", json!(["a", "b: [c"])),
        ] {
            let text = filled_with(template, &[("faults", cell)]).unwrap();
            let read = read(&text);
            assert_eq!(read["replica"]["faults"], list, "{text}");
            assert_eq!(read["replica"]["one"], json!([cell]), "{text}");
            assert_eq!(read["all"], json!([cell]), "{text}");
        }
    }

    #[test]
    fn what_a_run_fills_in_is_left_to_it_and_what_the_template_does_not_say_is_the_student_s() {
        let template =
            "host: '{{ web1.public_dns_name }} {{ user }}' # it's {{ web1 }}\n\"region\": x";
        assert_eq!(
            filled_with(template, &[("user", "a'b")]).unwrap(),
            "host: '{{ web1.public_dns_name }} a''b' # it's {{ web1 }}\n\"region\": x\n\
             role_arn: 'arn:aws:iam::123456789012:role/lab'\n"
        );
        assert_eq!(
            of(None, &student(&[("user", "a'b: c")])).unwrap(),
            "lab: 'ha-web'\nregion: 'us-east-1'\nrole_arn: 'arn:aws:iam::123456789012:role/lab'\n\
             vars:\n  'user': 'a''b: c'\n"
        );
    }

    #[test]
    fn a_value_that_is_no_line_or_would_be_a_template_is_refused_with_its_column() {
        for (cell, part) in [
            (
                "x'\n vantages:",
                "the column `user` holds `x'\\n vantages:`, which is not one line",
            ),
            (
                "\u{1b}[2J",
                "the column `user` holds `\\u{1b}[2J`, which is not one line",
            ),
            (
                "{{ web1.id }}",
                "the column `user` holds `{{ web1.id }}`, which opens a template where it stands",
            ),
            ("{% x", "which opens a template where it stands"),
        ] {
            for template in [
                Some("vars: { user: '{{ user }}' }\n"),
                Some("vars: { user: {{ user }}-{{ student }} }\n"),
                Some("vars: { {{ user }}: x }\n"),
                Some("vars: [{{ user }}]\n"),
                None,
            ] {
                let told = of(template, &student(&[("user", cell)])).unwrap_err();
                assert!(told.contains(part), "{template:?}: {told}");
            }
            let unused = "vars: { user: x } # {{ user }}\n";
            assert!(filled_with(unused, &[("user", cell)]).is_ok());
        }
        for template in [
            "a: '{{ a }}{{ b }}'\n",
            "a: {{ a }}{ x }}\n",
            "a: |\n  {{ a }}% x %}\n",
            "a: [{{ a ~ b }}]\n",
        ] {
            let cells = [("a", "{"), ("b", "{ web1.id }}")];
            let told = filled_with(template, &cells).unwrap_err();
            assert!(
                told.contains("the column `a` holds `{`, which opens"),
                "{told}"
            );
        }
        assert!(filled_with("vars: '{{ user }}'\n", &[("user", "{a} }} {")]).is_ok());
    }

    #[test]
    fn a_mistake_of_the_template_is_told_with_its_line() {
        let told =
            filled_with("lab: x\nvars: { user: '{{ user }}', [\n", &[("user", "a")]).unwrap_err();
        assert!(
            told.contains("template.yaml:2:29") && !told.contains('\u{f0000}'),
            "{told}"
        );
        let told = filled_with("vars: { user: '{{ user + }}' }\n", &[("user", "a")]).unwrap_err();
        assert!(told.contains("{{ user + }}"), "{told}");
    }

    proptest! {
        #[test]
        fn whatever_a_cell_holds_is_one_text_wherever_it_stands(cell in "[^\\pC]{0,12}", mean in "[-'\"\\\\{}\\[\\],:#&*!|>%@`? .~a0=<]{0,12}") {
            for cell in [cell.trim(), mean.trim()] {
                let template = "a: {{ cell }}\nb: '{{ cell }}'\nc: \"{{ cell }}\"\nd: x {{ cell }}\ne: [0, {{ cell }}]\nf: |\n  x {{ cell }}\ng: {{ cell }} x\nregion: x\nrole_arn: x\n";
                let Ok(text) = filled_with(template, &[("cell", cell)]) else {
                    let opens = ["{{", "{%", "{#"].iter().any(|opens| cell.contains(opens));
                    prop_assert!(opens, "{cell}");
                    continue;
                };
                prop_assert_eq!(
                    read(&text),
                    json!({ "a": cell, "b": cell, "c": cell, "d": format!("x {cell}"), "e": [0, cell], "f": format!("x {cell}\n"), "g": format!("{cell} x"), "region": "x", "role_arn": "x" })
                );
            }
        }
    }
}
