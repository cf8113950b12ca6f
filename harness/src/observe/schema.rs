//! Which outcomes and which fields the observation of each probe has: what a check file is held against when it is
//! loaded. It knows no values.
use crate::schema::{Field, Type};

/// The observation of one probe. Its `outcome` is text out of [`ProbeSchema::outcomes`] and stands beside the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbeSchema {
    /// The probe's word in a check file.
    pub probe: &'static str,
    /// The outcome that a check means if it names none: the only one that is not negative.
    pub positive: &'static str,
    /// All outcomes, the positive one first.
    pub outcomes: &'static [Meaning],
    /// All other fields.
    pub fields: &'static [Field],
}

/// An outcome and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// As it stands in a check file.
    pub name: &'static str,
    /// What it says of the target.
    pub doc: &'static str,
}

impl ProbeSchema {
    /// Whether there is such an outcome.
    #[must_use]
    pub fn knows(&self, outcome: &str) -> bool {
        self.outcomes.iter().any(|known| known.name == outcome)
    }

    /// Whether an outcome is negative: a check that expects it passes by something not being there, and needs a guard.
    #[must_use]
    pub fn is_negative(&self, outcome: &str) -> bool {
        outcome != self.positive
    }

    /// The outcomes that a carrier hides which only says that it did not connect (`not_connected`): a check that names
    /// one of these cannot be judged then.
    #[must_use]
    pub fn is_finer_than_not_connected(&self, outcome: &str) -> bool {
        self.knows("not_connected")
            && [
                TIMEOUT.name,
                REFUSED.name,
                RESET.name,
                UNREACHABLE.name,
                NAME_NOT_FOUND.name,
            ]
            .contains(&outcome)
    }
}

const TIMEOUT: Meaning = Meaning {
    name: "timeout",
    doc: "silence until the deadline",
};
const REFUSED: Meaning = Meaning {
    name: "refused",
    doc: "the host answers that nobody listens on the port",
};
const RESET: Meaning = Meaning {
    name: "reset",
    doc: "the connection was reset",
};
const UNREACHABLE: Meaning = Meaning {
    name: "unreachable",
    doc: "the network beyond this machine answers that there is no way to the address",
};
const NAME_NOT_FOUND: Meaning = Meaning {
    name: "name_not_found",
    doc: "the vantage's resolver says that the name does not exist or has no address",
};
const NOT_CONNECTED: Meaning = Meaning {
    name: "not_connected",
    doc: "the carrier says that it did not connect, and hides why",
};

const ADDRESS: Field = Field::listed(
    "address",
    Type::Text,
    "the address that was dialled; absent where a gateway resolved the name, and where there was none",
);

/// `dns`
pub static DNS: ProbeSchema = ProbeSchema {
    probe: "dns",
    positive: "resolved",
    outcomes: &[
        Meaning {
            name: "resolved",
            doc: "the name has such a record",
        },
        Meaning {
            name: "nxdomain",
            doc: "the name, or the one that its aliases end in, does not exist",
        },
        Meaning {
            name: "no_data",
            doc: "the name exists and has no such record, or its aliases go in a circle",
        },
    ],
    fields: &[
        Field::listed(
            "addresses",
            Type::List(&Type::Text),
            "the addresses of an A or AAAA lookup, in the order of the answer",
        ),
        Field::listed(
            "cnames",
            Type::List(&Type::Text),
            "the whole chain of aliases in order, each the name that the one before it stands for",
        ),
        Field::listed(
            "answers",
            Type::List(&Type::Record(&[
                Field::listed("name", Type::Text, "the record's owner, in lower case"),
                Field::listed("type", Type::Text, "A, AAAA or CNAME"),
                Field::listed("ttl", Type::Integer, "in seconds"),
                Field::listed("data", Type::Text, "an address or a name"),
            ])),
            "the records of the chain and of its end, in order",
        ),
        Field::listed(
            "ttl",
            Type::Integer,
            "the least TTL of these records, in seconds; absent where there are none",
        ),
    ],
};

/// `tcp`
pub static TCP: ProbeSchema = ProbeSchema {
    probe: "tcp",
    positive: "connected",
    outcomes: &[
        Meaning {
            name: "connected",
            doc: "the port took the connection, and did not reset it within the next round trip",
        },
        TIMEOUT,
        REFUSED,
        RESET,
        UNREACHABLE,
        NAME_NOT_FOUND,
        NOT_CONNECTED,
    ],
    fields: &[ADDRESS],
};

/// `http`
pub static HTTP: ProbeSchema = ProbeSchema {
    probe: "http",
    positive: "answered",
    outcomes: &[
        Meaning {
            name: "answered",
            doc: "there was a whole answer, whatever its status",
        },
        TIMEOUT,
        REFUSED,
        RESET,
        Meaning {
            name: "too_large",
            doc: "the answer was cut, since its body is larger than we read, or has no end",
        },
        Meaning {
            name: "closed",
            doc: "the server closed the connection before its answer was whole",
        },
        Meaning {
            name: "malformed",
            doc: "what came is no HTTP answer",
        },
        UNREACHABLE,
        NAME_NOT_FOUND,
        Meaning {
            name: "tls_failed",
            doc: "TLS failed: the certificate is not valid for the host, or the server speaks no TLS",
        },
        NOT_CONNECTED,
    ],
    fields: &[
        ADDRESS,
        Field::listed(
            "stage",
            Type::Text,
            "how far it came where there was no whole answer: dial (not connected), tls, answer (connected, no \
             answer), body (the answer broke off)",
        ),
        Field::listed(
            "detail",
            Type::Text,
            "what was wrong with the certificate or the answer, in the client's words",
        ),
        Field::listed("status", Type::Integer, "the status code"),
        Field::listed(
            "headers",
            Type::Map(&Type::Text),
            "the headers by name in lower case; several of a name joined by a comma",
        ),
        Field::listed("content_type", Type::Text, "the header Content-Type"),
        Field::listed(
            "location",
            Type::Text,
            "the header Location; it is not followed",
        ),
        Field::listed("server", Type::Text, "the header Server"),
        Field::listed("title", Type::Text, "the title of an HTML page"),
        Field::listed("body", Type::Text, "the body as text, at most 1 MiB of it"),
        Field::listed(
            "body_bytes",
            Type::Integer,
            "how many bytes of the body were read",
        ),
        Field::listed(
            "body_truncated",
            Type::Boolean,
            "whether the body is longer than what is read of one",
        ),
        Field::listed(
            "selected",
            Type::Map(&Type::List(&Type::Text)),
            "the texts that the check's `select` finds in the page, by name; of an input its value",
        ),
        Field::listed(
            "captured",
            Type::Map(&Type::Text),
            "what the check's `capture` finds in the body, by name: the regex's first group, or all that it matches",
        ),
        Field::listed(
            "json",
            Type::Map(&Type::Text),
            "the body as JSON, if the check asks for it and it is; of any type",
        ),
        Field::listed(
            "json_error",
            Type::Text,
            "why the body is no JSON, if the check asks for it",
        ),
    ],
};

/// What a `MySQL` client meets where there are no rows.
static SQL_ERROR: &[Field] = &[
    Field::listed(
        "code",
        Type::Integer,
        "the server's error number, as in 1290",
    ),
    Field::listed("sqlstate", Type::Text, "the SQLSTATE, as in HY000"),
    Field::listed(
        "message",
        Type::Text,
        "the server's text; other servers have other texts",
    ),
];

/// `mysql`
pub static MYSQL: ProbeSchema = ProbeSchema {
    probe: "mysql",
    positive: "rows",
    outcomes: &[
        Meaning {
            name: "rows",
            doc: "the server did what it was asked, with rows or without",
        },
        Meaning {
            name: "error",
            doc: "the server refused the login or the statement, and says why in `error`",
        },
        TIMEOUT,
        REFUSED,
        RESET,
        Meaning {
            name: "closed",
            doc: "the server closed the connection before it answered",
        },
        Meaning {
            name: "malformed",
            doc: "what came is no MySQL answer, or asks for what no client gives",
        },
        UNREACHABLE,
        NAME_NOT_FOUND,
        Meaning {
            name: "tls_failed",
            doc: "TLS failed: the certificate does not chain to the login's `ca` or is not the host's, or the server speaks no TLS",
        },
        NOT_CONNECTED,
    ],
    fields: &[
        ADDRESS,
        Field::listed(
            "stage",
            Type::Text,
            "how far it came where there are no rows: dial (not connected), greeting (not logged in), query",
        ),
        Field::listed(
            "detail",
            Type::Text,
            "what was wrong with TLS or the answer, in the client's words",
        ),
        Field::listed(
            "rows",
            Type::List(&Type::Map(&Type::Text)),
            "the rows of the first result, each a map from column to value; values are text, and null is absent",
        ),
        Field::listed("columns", Type::List(&Type::Text), "the columns, in order"),
        Field::listed(
            "rows_truncated",
            Type::Boolean,
            "whether there are more rows than are read",
        ),
        Field::listed(
            "affected_rows",
            Type::Integer,
            "how many rows the statement changed",
        ),
        Field::listed("error", Type::Record(SQL_ERROR), "the server's own error"),
        Field::listed(
            "server_version",
            Type::Text,
            "the version that the server greets with",
        ),
    ],
};

/// What is kept of an output.
static OUTPUT: &[Field] = &[
    Field::listed("bytes", Type::Integer, "how many bytes were read"),
    Field::listed("sha256", Type::Text, "their SHA-256, in hexadecimal"),
];

/// `command`
pub static COMMAND: ProbeSchema = ProbeSchema {
    probe: "command",
    positive: "exited",
    outcomes: &[
        Meaning {
            name: "exited",
            doc: "the command ran to its end, whatever its exit code",
        },
        Meaning {
            name: "killed",
            doc: "a signal ended the command, or its output had no end",
        },
        TIMEOUT,
    ],
    fields: &[
        Field::listed(
            "exit_code",
            Type::Integer,
            "the exit code; 127 where there is no such command",
        ),
        Field::listed("signal", Type::Text, "the signal that ended it"),
        Field::listed(
            "captured",
            Type::Map(&Type::Text),
            "what the check's `capture` finds in standard output, by name; the output itself is not kept",
        ),
        Field::listed("stdout", Type::Record(OUTPUT), "standard output"),
        Field::listed("stderr", Type::Record(OUTPUT), "standard error"),
        Field::listed(
            "truncated",
            Type::Boolean,
            "whether an output is longer than what is read of it",
        ),
        Field::listed(
            "lines",
            Type::List(&Type::Text),
            "the lines of standard output; with `parse: lines`",
        ),
        Field::listed(
            "json",
            Type::Map(&Type::Text),
            "standard output as JSON; with `parse: json`, of any type",
        ),
        Field::listed(
            "sockets",
            Type::List(&Type::Record(&[
                Field::listed("state", Type::Text, "LISTEN, ESTAB, TIME-WAIT"),
                Field::listed("local_address", Type::Text, "`*` where it is any"),
                Field::listed("local_port", Type::Integer, "its own port"),
                Field::listed("peer_address", Type::Text, "the other end's"),
                Field::listed(
                    "peer_port",
                    Type::Integer,
                    "absent of a socket that listens",
                ),
            ])),
            "the sockets; with `parse: sockets`, of `ss -tn`",
        ),
        Field::listed(
            "emails",
            Type::List(&Type::Text),
            "the e-mail addresses in standard output, each once, sorted; with `parse: emails`",
        ),
        Field::listed(
            "interfaces",
            Type::List(&Type::Record(&[
                Field::listed("name", Type::Text, "eth0"),
                Field::listed("mtu", Type::Integer, "in bytes"),
                Field::listed("state", Type::Text, "UP, DOWN, UNKNOWN"),
                Field::listed(
                    "cidrs",
                    Type::List(&Type::Text),
                    "its addresses with their prefixes: 10.0.1.205/24",
                ),
                Field::listed("addresses", Type::List(&Type::Text), "its addresses"),
            ])),
            "the interfaces; with `parse: ip_addr`, of `ip addr` or `ip -j addr`",
        ),
        Field::listed(
            "routes",
            Type::List(&Type::Record(&[
                Field::listed("destination", Type::Text, "`default`, or a block"),
                Field::listed("gateway", Type::Text, "the next hop"),
                Field::listed("device", Type::Text, "the interface"),
                Field::listed("source", Type::Text, "the address that it sends from"),
            ])),
            "the routes; with `parse: ip_route`, of `ip route` or `ip -j route`",
        ),
        Field::listed(
            "resolver",
            Type::Record(&[
                Field::listed(
                    "nameservers",
                    Type::List(&Type::Text),
                    "the servers, in order",
                ),
                Field::listed("search", Type::List(&Type::Text), "the search list"),
                Field::listed("options", Type::List(&Type::Text), "as in timeout:2"),
            ]),
            "what resolv.conf says; with `parse: resolv_conf`",
        ),
        Field::listed(
            "unit",
            Type::Map(&Type::Text),
            "the properties of a unit by systemd's names, as in ActiveState; with `parse: systemctl_show`",
        ),
        Field::listed(
            "status",
            Type::Text,
            "done, running, error; with `parse: cloud_init_status`",
        ),
    ],
};

const LOOKED_AT: Type = Type::List(&Type::Record(&[
    Field::listed("check", Type::Text, "the check's id"),
    Field::listed(
        "outcome",
        Type::Text,
        "`passed`, `failed`, `errored`, `skipped`",
    ),
    Field::listed(
        "seconds",
        Type::Number,
        "from the disruption (`during`) or the restoring (`after`) until its verdict",
    ),
    Field::listed("detail", Type::Text, "why it could not be looked at"),
]));

/// `kind: drill`. All times are in seconds of the stack's time.
pub static DRILL: ProbeSchema = ProbeSchema {
    probe: "drill",
    positive: "measured",
    outcomes: &[Meaning {
        name: "measured",
        doc: "the drill was done, and everything was put back",
    }],
    fields: &[
        Field::listed(
            "samples",
            Type::Integer,
            "how many looks at the steady state were due",
        ),
        Field::listed("lost", Type::Integer, "how many of them did not hold"),
        Field::listed(
            "unseen",
            Type::Integer,
            "how many of them could not be looked at, for a reason of the grader's own: above a fifth the drill is errored",
        ),
        Field::listed(
            "availability",
            Type::Number,
            "the share that held of those that were looked at, 0 to 1",
        ),
        Field::listed(
            "longest_outage",
            Type::Number,
            "the longest time in which no sample held",
        ),
        Field::listed(
            "recovery",
            Type::Number,
            "from the disruption until the last outage was over; absent where it was not over in the end",
        ),
        Field::listed(
            "time_to_disrupt",
            Type::Number,
            "until the server was stopped, or the cluster had another writer; absent where that did not come",
        ),
        Field::listed(
            "time_to_detect",
            Type::Number,
            "until the target group no longer called the server healthy; absent where it always did",
        ),
        Field::listed(
            "time_to_restore",
            Type::Number,
            "from the restoring call until the server ran, or the cluster was available",
        ),
        Field::listed(
            "time_to_recover",
            Type::Number,
            "from the restoring call until the target was healthy again; absent where it never was",
        ),
        Field::listed(
            "target_health",
            Type::Text,
            "what the target group said of the stopped server; absent where it was not among its targets",
        ),
        Field::listed("target_reason", Type::Text, "and why"),
        Field::listed(
            "others_healthy",
            Type::Integer,
            "the fewest other targets that were healthy meanwhile",
        ),
        Field::listed(
            "fail_open",
            Type::Boolean,
            "whether at some time no target was healthy and the steady state held all the same: the load balancer sent to all",
        ),
        Field::listed(
            "public_address",
            Type::Text,
            "what the server's is afterwards: `changed`, `kept`, `elastic` (an Elastic IP, which stays) or `none`; absent of a cluster",
        ),
        Field::listed("writer_before", Type::Text, "the cluster's writer before"),
        Field::listed("writer_after", Type::Text, "and after the fail-over"),
        Field::listed("roles_swapped", Type::Boolean, "whether these differ"),
        Field::listed("during", LOOKED_AT, "the checks of `during:`"),
        Field::listed("after", LOOKED_AT, "the checks of `after:`"),
        Field::listed(
            "speed",
            Type::Number,
            "how many of the stack's seconds passed in one of ours; 1 but for a replica",
        ),
        Field::listed(
            "timeline",
            Type::Text,
            "the samples in their order: `●` held, `○` did not, `·` could not be looked at",
        ),
    ],
};

/// `vantage`
pub static VANTAGE: ProbeSchema = ProbeSchema {
    probe: "vantage",
    positive: "ready",
    outcomes: &[
        Meaning {
            name: "ready",
            doc: "the host lets us in and forwards, or has run a command for Systems Manager",
        },
        TIMEOUT,
        REFUSED,
        RESET,
        UNREACHABLE,
        NAME_NOT_FOUND,
        Meaning {
            name: "closed",
            doc: "the host closed the connection before the login was done",
        },
        Meaning {
            name: "authentication",
            doc: "the host takes no key of ours for this user",
        },
        Meaning {
            name: "forwarding_denied",
            doc: "the host lets us in, and forbids forwarding",
        },
        Meaning {
            name: "not_managed",
            doc: "Systems Manager does not know the instance, or has lost it: no role, no way out, no agent, or not running",
        },
        Meaning {
            name: "undelivered",
            doc: "Systems Manager took a command, and the instance's agent did not",
        },
        NOT_CONNECTED,
    ],
    fields: &[Field::listed(
        "detail",
        Type::Text,
        "what was wrong, and how to accept a host's key",
    )],
};
