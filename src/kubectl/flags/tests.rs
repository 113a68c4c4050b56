//! Command lines as people type them, read as cobra and pflag read them.

use super::*;

static TEST: Command = Command {
    path: "kubectl test",
    usage: "[flags]",
    about: "Tests flags.",
    flags: &[
        FILENAME,
        DRY_RUN,
        &[
            Flag::int("replicas", "how many"),
            Flag::int32("small", "few"),
            Flag::duration("timeout", "how long"),
            Flag::array("patches", "texts"),
            Flag::bool("all", "everything").short('a'),
            Flag::bool("record", "old").deprecated("it goes away"),
        ],
    ],
    required: &["replicas"],
};

fn words(line: &str) -> Vec<String> {
    line.split(' ').filter(|w| !w.is_empty()).map(str::to_string).collect()
}

fn parse(line: &str) -> Result<Parsed, CmdError> {
    TEST.read(&words(line))
}

#[test]
fn values() {
    let p = parse("a --replicas 3 -f x.yaml,y.yaml -Rf=z.yaml b --dry-run c -n kube --all_ --").err();
    assert_eq!(p.unwrap().to_string(), "unknown flag: --all-\nSee 'kubectl test --help' for usage.");
    let p = parse("a --replicas 0x10 -f x.yaml,y.yaml -Rf=z.yaml b --dry-run c -nkube -a --record -- -d").unwrap();
    assert_eq!(p.args, ["a", "b", "c", "-d"]);
    assert_eq!(p.before_dash, Some(3));
    assert_eq!(p.list("filename"), ["x.yaml", "y.yaml", "z.yaml"]);
    assert_eq!((p.int("replicas"), p.str("dry-run"), p.namespace()), (16, "unchanged", "kube"));
    assert!(p.bool("recursive") && p.bool("all") && !p.changed("timeout"));
    let p = parse("- --timeout=1m30.5s --patches a,b --patches= --all=false").unwrap();
    assert_eq!(p.args, ["-"]);
    assert_eq!(p.duration("timeout"), SignedDuration::from_millis(90_500));
    assert_eq!(p.list("patches"), ["a,b", ""]);
    assert_eq!((p.bool("all"), p.str("dry-run"), p.namespace()), (false, "none", "default"));
    assert_eq!(p.require().unwrap_err().to_string(), "required flag(s) \"replicas\" not set");
}

#[test]
fn wrong_flags() {
    for (line, text) in [
        ("--nope", "unknown flag: --nope"),
        ("--nope=1", "unknown flag: --nope"),
        ("-z", "unknown shorthand flag: 'z' in -z"),
        ("-azq", "unknown shorthand flag: 'z' in -zq"),
        ("-f", "flag needs an argument: 'f' in -f"),
        ("--replicas", "flag needs an argument: --replicas"),
        ("---x", "bad flag syntax: ---x"),
        ("--=x", "bad flag syntax: --=x"),
        (
            "--replicas=x",
            "invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
        ),
        (
            "--small=4294967296",
            "invalid argument \"4294967296\" for \"--small\" flag: strconv.ParseInt: parsing \"4294967296\": \
             value out of range",
        ),
        ("--all=x", "invalid argument \"x\" for \"-a, --all\" flag: strconv.ParseBool: parsing \"x\": invalid syntax"),
        ("--timeout=5", "invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\""),
        ("--timeout=5d", "invalid argument \"5d\" for \"--timeout\" flag: time: unknown unit \"d\" in duration \"5d\""),
        ("--timeout=x", "invalid argument \"x\" for \"--timeout\" flag: time: invalid duration \"x\""),
    ] {
        let error = parse(line).unwrap_err().to_string();
        assert_eq!(error, format!("{text}\nSee 'kubectl test --help' for usage."), "{line}");
    }
}

#[test]
fn numbers_as_go_reads_them() {
    for (text, value) in [("10", Some(10)), ("-010", Some(-8)), ("1_000", None), ("0b11", Some(3)), ("0_7", Some(7))] {
        assert_eq!(value::parse_int(text, 64).ok(), value, "{text}");
    }
    for (text, millis) in [("-1s", -1000), ("1h2m", 3_720_000), (".5s", 500), ("0", 0), ("1500us", 1)] {
        assert_eq!(parse_duration(text).unwrap().as_millis(), millis, "{text}");
    }
}

#[test]
fn help_lists_the_flags() {
    let Err(CmdError::Help(text)) = parse("--help --replicas 1") else { panic!("no help") };
    assert!(text.starts_with("Tests flags.\n\nUsage:\n  kubectl test [flags]\n"), "{text}");
    assert!(text.contains("-f, --filename=TEXT,..."), "{text}");
    assert!(text.contains("    --dry-run[=TEXT]"), "{text}");
}

#[test]
fn deprecated_flags_are_announced() {
    let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
    let mut io = Io::new(&mut input, &mut out, &mut err, "/".into());
    TEST.parse(&words("--record=false --all"), &mut io).unwrap();
    assert_eq!(String::from_utf8(err).unwrap(), "Flag --record has been deprecated, it goes away\n");
}
