//! Each platform's traps, by small classes: one student with a mark, one without, one of a hostile name.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::table::Table;
use super::*;
use crate::fault::Code;
use crate::grade::Ended;
use crate::report::tests::sample::{Pair, errored, failed, passed, run};

fn graded(id: &str, checks: Vec<Pair>) -> Graded {
    let student = Student {
        id: id.to_owned(),
        stack: id.to_owned(),
        ..Student::default()
    };
    Graded {
        student,
        ended: Ended::Report(Box::new(Report::assemble(run(), checks))),
    }
}

/// Half a mark, no mark, no report.
fn class(ids: [&str; 3]) -> Vec<Graded> {
    let [half, open, none] = ids;
    let none = Graded {
        ended: Ended::Nothing("not done within 10m".to_owned()),
        ..graded(none, Vec::new())
    };
    let html = failed("b<script>", Vec::new());
    vec![
        graded(half, vec![passed("a"), html]),
        graded(
            open,
            vec![passed("a"), errored("b", Code::ExpiredCredentials, "sts")],
        ),
        none,
    ]
}

fn wanted(format: Format) -> Wanted {
    Wanted {
        format,
        template: PathBuf::new(),
        key: None,
        column: None,
        full: None,
    }
}

/// An export by a template's text.
fn export(wanted: Wanted, template: &str, class: &[Graded]) -> Result<Exported, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.csv");
    std::fs::write(&path, template).unwrap();
    let students: Vec<Student> = class.iter().map(|one| one.student.clone()).collect();
    let wanted = Wanted {
        template: path,
        ..wanted
    };
    let export = Export::prepare(wanted, &students).map_err(|refusal| refusal.message)?;
    let book = Gradebook::of("ha-web", class, Lang::En);
    Ok(export.of(&book, class, Lang::En))
}

fn text(exported: &Exported) -> &str {
    std::str::from_utf8(&exported.files[0].bytes).unwrap()
}

const CANVAS: &str = "\u{feff}Student,ID,SIS User ID,SIS Login ID,Section,Day 3 (11),Day 4 (12),Current Score\n\
    ,,,,,Manual Posting,,\n    Points Possible,,,,,10.0,20.0,(read only)\n\
    \"=cmd()\",101,00123,a@school.example,A,9,18,90\n\
    \"Points Possible, Y\",102,00124,b@school.example,A,,3,\n\
    C,103,00125,c@school.example,A,,,\n\
    \"Student, Test\",104,,t,A,,,\n";

fn day4(format: Format) -> Wanted {
    Wanted {
        column: Some("Day 4".to_owned()),
        ..wanted(format)
    }
}

#[test]
fn canvas_gets_its_own_columns_and_points_and_a_blank_where_there_is_no_mark() {
    let exported = export(
        day4(Format::Canvas),
        CANVAS,
        &class(["00123", "00124", "00125"]),
    )
    .unwrap();
    assert_eq!(
        text(&exported),
        "Student,ID,SIS User ID,SIS Login ID,Section,Day 4 (12)\r\n\
         \u{20}   Points Possible,,,,,20.0\r\n\
         '=cmd(),101,00123,a@school.example,A,10\r\n\
         ,102,00124,b@school.example,A,\r\n\
         C,103,00125,c@school.example,A,\r\n"
    );
    assert_eq!((exported.marks, exported.others), (1, 1));
    assert_eq!(exported.blank, ["00124", "00125"]);
}

#[test]
fn marks_find_their_students_in_any_order_and_of_a_part_of_the_class() {
    let mut all = class(["00123", "00124", "00125"]);
    let students: Vec<Student> = all.iter().map(|one| one.student.clone()).collect();
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.csv");
    std::fs::write(&template, CANVAS).unwrap();
    let wanted = Wanted {
        template,
        ..day4(Format::Canvas)
    };
    let export = Export::prepare(wanted, &students).unwrap();
    all.reverse();
    all.remove(0);
    let exported = export.of(&Gradebook::of("ha-web", &all, Lang::En), &all, Lang::En);
    let lines: Vec<&str> = text(&exported).lines().skip(2).collect();
    assert_eq!(
        lines,
        [
            "'=cmd(),101,00123,a@school.example,A,10",
            ",102,00124,b@school.example,A,"
        ]
    );
}

#[test]
fn canvas_finds_a_student_by_any_of_its_ids_and_by_semicolons() {
    let template = CANVAS
        .replace("\"Points Possible, Y\"", "Y")
        .replace("\"Student, Test\"", "Test")
        .replace(',', ";");
    for ids in [
        ["101", "102", "103"],
        ["a@school.example", "b@school.example", "c@school.example"],
    ] {
        let exported = export(day4(Format::Canvas), &template, &class(ids)).unwrap();
        assert!(text(&exported).contains("\r\n'=cmd();101;00123;a@school.example;A;10\r\n"));
    }
}

#[test]
fn canvas_is_never_made_to_guess_an_assignment_or_its_points() {
    let ids = ["00123", "00124", "00125"];
    let refused =
        |wanted: Wanted, template: &str| export(wanted, template, &class(ids)).unwrap_err();
    let told = refused(wanted(Format::Canvas), CANVAS);
    assert!(
        told.contains("--export-column; there is: Day 3 (11), Day 4 (12)"),
        "{told}"
    );
    let unknown = Wanted {
        column: Some("Day 5".to_owned()),
        ..wanted(Format::Canvas)
    };
    assert!(refused(unknown, CANVAS).contains("Canvas would make a new one"));
    let bare = CANVAS.replace("Day 4 (12)", "Day 4");
    assert!(refused(day4(Format::Canvas), &bare).contains("lacks Canvas's own id"));
    let twice = CANVAS.replace("Day 3 (11)", "Day 4 (11)");
    assert!(refused(day4(Format::Canvas), &twice).contains("several assignments"));
    let unpriced = CANVAS.replace("20.0", "");
    assert!(refused(day4(Format::Canvas), &unpriced).contains("tells no points"));
    let full = |full| Wanted {
        full: Some(full),
        ..day4(Format::Canvas)
    };
    assert!(refused(full(100.0), CANVAS).contains("is worth 20 points in Canvas"));
    assert!(refused(full(-1.0), &unpriced).contains("more than 0"));
    assert!(export(full(40.0), &unpriced, &class(ids)).is_ok());
    let other = "Name,Number,Section\na,00123,x\n";
    assert!(refused(wanted(Format::Canvas), other).contains("no export of Canvas's gradebook"));
}

#[test]
fn canvas_keeps_an_excuse() {
    let template = CANVAS.replace("A,9,18,90", "A,9,EX,90");
    let exported = export(
        day4(Format::Canvas),
        &template,
        &class(["00123", "00124", "00125"]),
    )
    .unwrap();
    assert!(text(&exported).contains("00123,a@school.example,A,EX\r\n"));
}

const MOODLE: &str = "\u{feff}名,姓,ID番号,メールアドレス\n\
    太郎,佐藤,\"=\"\"00123\"\"\",a@school.example\n花子,鈴木,00124,b@school.example\n\
    C,C,00125,c@school.example\nD,D,00126,d@school.example\n";

#[test]
fn moodle_gets_a_dash_for_no_mark_since_it_makes_a_zero_of_an_empty_cell() {
    let exported = export(
        wanted(Format::Moodle),
        MOODLE,
        &class(["00123", "00124", "00125"]),
    )
    .unwrap();
    assert_eq!(
        text(&exported).lines().next().unwrap(),
        "ID番号,ha-web,ha-web (feedback)",
        "the header in the site's language, and no byte-order mark before it"
    );
    let lines: Vec<&str> = text(&exported).lines().skip(1).collect();
    assert_eq!(lines[0], "00123,50,b<script>");
    assert!(lines[1].starts_with("00124,-,"), "{}", lines[1]);
    assert_eq!(lines[2], "00125,-,not done within 10m");
    assert_eq!(
        lines.len(),
        3,
        "whoever is not in the roster keeps the grade"
    );
}

#[test]
fn moodle_takes_no_more_than_100() {
    let ids = ["00123", "00124", "00125"];
    let full = |full| Wanted {
        full: Some(full),
        ..wanted(Format::Moodle)
    };
    assert!(
        export(full(200.0), MOODLE, &class(ids))
            .unwrap_err()
            .contains("above 100")
    );
    let exported = export(full(20.0), MOODLE, &class(ids)).unwrap();
    assert!(text(&exported).contains("\r\n00123,10,"));
}

#[test]
fn every_id_without_a_row_is_listed_with_what_a_spreadsheet_made_of_it() {
    let template = MOODLE.replace("00124", "124");
    let told = export(
        wanted(Format::Moodle),
        &template,
        &class(["00123", "00124", "x"]),
    )
    .unwrap_err();
    assert!(
        told.contains(
            "2 of the roster's 3 ids are not in its column `ID番号`: 00124 (there is `124`), x"
        ),
        "{told}"
    );
    let doubled = MOODLE.replace("00126", "00125");
    let told = export(
        wanted(Format::Moodle),
        &doubled,
        &class(["00123", "00124", "00125"]),
    )
    .unwrap_err();
    assert!(
        told.contains("the id `00125` stands in its column `ID番号` more than once: lines 4, 5"),
        "{told}"
    );
}

#[test]
fn an_id_that_two_columns_give_to_two_people_is_not_guessed() {
    let template = "ID,SIS User ID,Name\n1,2,A\n2,3,B\n3,1,C\n";
    let told = export(wanted(Format::Moodle), template, &class(["1", "2", "3"])).unwrap_err();
    assert!(
        told.contains("name the right one with --export-key"),
        "{told}"
    );
    let keyed = Wanted {
        key: Some("sis user id".to_owned()),
        ..wanted(Format::Moodle)
    };
    let exported = export(keyed, template, &class(["1", "2", "3"])).unwrap();
    assert!(text(&exported).starts_with("SIS User ID,ha-web,"));
    let wrong = Wanted {
        key: Some("Matrikel".to_owned()),
        ..wanted(Format::Moodle)
    };
    let told = export(wrong, template, &class(["1", "2", "3"])).unwrap_err();
    assert!(
        told.contains("--export-key Matrikel: no such column; there is: ID, SIS User ID, Name"),
        "{told}"
    );
}

#[test]
fn gradescope_hides_nothing_renders_nothing_and_has_no_file_for_no_mark() {
    let template = "First Name,Last Name,SID,Email\nA,A,1,a@b.c\nB,B,2,b@b.c\nC,C,3,c@b.c\n";
    let exported = export(
        wanted(Format::Gradescope),
        template,
        &class(["1", "2", "3"]),
    )
    .unwrap();
    let names: Vec<&str> = exported
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["gradescope/1/results.json"]);
    assert_eq!(
        exported.stale,
        ["gradescope/2/results.json", "gradescope/3/results.json"]
    );
    let results: Value = serde_json::from_slice(&exported.files[0].bytes).unwrap();
    assert_eq!(results["score"], 50.0);
    assert_eq!(results["visibility"], "visible");
    for format in ["output_format", "test_output_format", "test_name_format"] {
        assert_eq!(results[format], "text");
    }
    let tests = results["tests"].as_array().unwrap();
    assert_eq!(
        (tests[0]["status"].as_str(), tests[1]["status"].as_str()),
        (Some("passed"), Some("failed"))
    );
    assert_eq!(
        (tests[0]["max_score"].as_f64(), tests[1]["score"].as_f64()),
        (Some(50.0), Some(0.0))
    );
    assert!(tests.iter().all(|test| test.get("visibility").is_none()));
}

#[test]
fn gradescope_takes_what_has_no_points_for_information() {
    let mut note = failed("note", Vec::new());
    note.0.severity = crate::language::ast::Severity::Info;
    let class = [graded("1", vec![passed("a"), note])];
    let exported = export(wanted(Format::Gradescope), "SID,Email\n1,x\n", &class).unwrap();
    let results: Value = serde_json::from_slice(&exported.files[0].bytes).unwrap();
    assert_eq!(results["score"], 100.0);
    let note = &results["tests"][1];
    assert!(
        note.get("score").is_none() && note.get("status").is_none(),
        "{note}"
    );
}

#[test]
fn classroom_gets_a_result_an_account_and_refuses_who_has_none() {
    let template = "identifier,github_username,github_id,name\n1,octo-a,9,A\n2,octo-b,8,B\n3,,,C\n";
    let told = export(wanted(Format::Classroom), template, &class(["1", "2", "3"])).unwrap_err();
    assert!(
        told.contains("1 student(s) without a GitHub account in `github_username`: 3"),
        "{told}"
    );
    let linked = template.replace("3,,", "3,octo-c,");
    let exported = export(wanted(Format::Classroom), &linked, &class(["1", "2", "3"])).unwrap();
    assert_eq!(
        exported.files.len(),
        1,
        "a score that is open would be added up to a mark"
    );
    assert_eq!(exported.files[0].name, "classroom/octo-a.base64");
    let json: Value =
        serde_json::from_slice(&STANDARD.decode(&exported.files[0].bytes).unwrap()).unwrap();
    assert_eq!(
        (json["version"].as_u64(), json["max_score"].as_f64()),
        (Some(1), Some(2.0))
    );
    let hostile = template.replace("3,,", "3,../x,");
    let told = export(wanted(Format::Classroom), &hostile, &class(["1", "2", "3"])).unwrap_err();
    assert!(
        told.contains("without a GitHub account"),
        "an account is no path: {told}"
    );
}

#[test]
fn classroom_refuses_an_account_of_two_students_since_one_would_lose_the_result() {
    let template = "identifier,github_username\n1,octo\n2,octo-b\n3,Octo\n4,octo\n";
    let told = export(wanted(Format::Classroom), template, &class(["1", "2", "3"])).unwrap_err();
    assert!(
        told.contains("the GitHub account `octo` is that of more than one student: 1, 3\n")
            && told.contains("github_username"),
        "whatever its case: {told}"
    );
    let told = export(wanted(Format::Classroom), template, &class(["2", "4", "3"])).unwrap_err();
    assert!(told.contains("more than one student: 4, 3\n"), "{told}");
    let linked = template.replace("4,octo\n", "4,octo-d\n");
    let exported = export(wanted(Format::Classroom), &linked, &class(["1", "2", "4"])).unwrap();
    assert_eq!(exported.marks, 1, "whose row is nobody's takes no account");
}

#[test]
fn a_file_that_is_no_roster_is_refused_with_its_reason() {
    for (text, part) in [
        ("a\n1\n", "one column only"),
        ("a,b\n1,2,3\n", "line 2 has 3 cells under 2 headers"),
    ] {
        let told = Table::parse(text).unwrap_err();
        assert!(told.contains(part), "{told}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    for (bytes, part) in [
        (&b"\xff\xfea\0,\0b\0"[..], "UTF-16"),
        (&b"a,b\n\x96\xbc,1\n"[..], "the first bad byte is byte 4"),
    ] {
        std::fs::write(&path, bytes).unwrap();
        let told = Table::read(&path).unwrap_err();
        assert!(told.contains(part), "{told}");
    }
    assert!(Table::read(&folder.path().join("none")).is_err());
}
