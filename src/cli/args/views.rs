//! Arguments of the verbs that show the world or let it go on.

use clap::Args;
use clap_complete::Shell;

use super::format::Format;

/// Arguments of `status`.
#[derive(Args, Debug)]
pub struct Status {
    #[command(flatten)]
    pub output: Format,
}

pub const STATUS_EXAMPLES: &str = "Examples:\n  sts-lab status\n  sts-lab -n shop status\n  sts-lab status -o json";

/// Arguments of `order`.
#[derive(Args, Debug)]
pub struct Order {
    /// The set; all of the namespace without it
    pub set: Option<String>,
    #[command(flatten)]
    pub output: Format,
}

pub const ORDER_EXAMPLES: &str = "Examples:\n  sts-lab order web        # run on a copy of the lab: nothing changes\n  \
    sts-lab order sts/web\n  sts-lab order -o json";

/// Arguments of `why`.
#[derive(Args, Debug)]
pub struct Why {
    /// The object: `pod/web-1`, `pvc data-web-0`, `sts/web`, or a name alone
    #[arg(required = true, num_args = 1..=2, value_name = "OBJECT")]
    pub object: Vec<String>,
}

pub const WHY_EXAMPLES: &str = "Examples:\n  sts-lab why pod/web-1\n  sts-lab why pvc/www-web-0\n  sts-lab why sts/web\n  \
    sts-lab why node node-0\n  sts-lab why web-1";

/// Arguments of `dns`.
#[derive(Args, Debug)]
pub struct Dns {
    /// The name or address to ask for; without it, all records
    pub name: Option<String>,
    /// The type: A, AAAA, SRV, PTR, CNAME or TXT
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub kind: Option<String>,
    /// The Pod that asks
    #[arg(long, value_name = "POD")]
    pub from: Option<String>,
    #[command(flatten)]
    pub output: Format,
}

pub const DNS_EXAMPLES: &str = "Examples:\n  sts-lab dns                             # all records\n  \
    sts-lab dns web-0.nginx\n  sts-lab dns nginx.default --from web-0\n  sts-lab dns _web._tcp.nginx --type SRV\n  \
    sts-lab dns 10.244.0.1                  # who has this address";

/// Arguments of `tick`.
#[derive(Args, Debug)]
pub struct Tick {
    /// How many steps, or for how long (`10s`, `5m`) to take all steps [default: 1]
    #[arg(value_name = "STEPS|DURATION", value_parser = ticks)]
    pub ticks: Option<Ticks>,
    /// Instead: all steps of so many seconds
    #[arg(long = "for", value_name = "SECONDS", conflicts_with = "ticks", value_parser = super::seconds)]
    pub for_seconds: Option<f64>,
}

/// How far `tick` goes.
#[derive(Clone, Copy, Debug)]
pub enum Ticks {
    /// So many steps.
    Steps(u32),
    /// All steps of so many seconds.
    Seconds(f64),
}

fn ticks(text: &str) -> Result<Ticks, String> {
    match text.parse() {
        Ok(steps) => Ok(Ticks::Steps(steps)),
        Err(_) if text.ends_with(|c: char| c.is_ascii_alphabetic()) => super::seconds(text).map(Ticks::Seconds),
        Err(_) => Err("expected a number of steps, or a duration such as 90s or 5m".into()),
    }
}

pub const TICK_EXAMPLES: &str = "Examples:\n  sts-lab apply web --step     # nothing happens yet\n  \
    sts-lab tick                 # one step\n  sts-lab tick 10\n  sts-lab tick 5m              # all steps of five minutes";

pub const FAULT_EXAMPLES: &str = "Examples:\n  sts-lab fault pod web-1 --ready=false    # it runs, but is never Ready\n  \
    sts-lab fault pod web-1 --ready=null     # forget that\n  sts-lab fault pod web-0 --crash=true\n  \
    sts-lab fault pod web-2 --phase=Failed --reason=Evicted\n  sts-lab fault pod web-0 --evict\n  \
    sts-lab fault pod web-0 -n other --crash=true      # of this namespace only\n  \
    sts-lab fault pod web-0 --oom --container=nginx\n  sts-lab fault pod web-0 --probe=liveness:fail\n  \
    sts-lab fault image nginx:1.28 --http-status=503   # what it answers to HTTP probes\n  \
    sts-lab fault image nginx:1.28 --boot=30s          # it answers no probe until then\n  sts-lab fault image nginx:1.22 --pull=false\n  \
    sts-lab fault node node-1 --down\n  sts-lab fault zone zone-a --down\n  sts-lab fault storage --resizer=false\n  \
    sts-lab fault storage --driver=ebs.csi.aws.com --down   # it makes and attaches nothing\n  \
    sts-lab fault pvc www-web-0 --full=true                 # no space left on device\n  sts-lab fault clear\n\n\
    No time passes: `sts-lab settle` or `sts-lab tick` shows what comes of it.";

pub const SETTLE_EXAMPLES: &str =
    "Examples:\n  sts-lab settle\n  sts-lab settle --for 300\n  sts-lab settle --quiet 10";

pub const TRACE_EXAMPLES: &str = "Examples:\n  sts-lab trace\n  sts-lab trace --since -10     # the last ten seconds\n  \
    sts-lab trace -o jsonl | tail";

/// Arguments of `completion`.
#[derive(Args, Debug)]
pub struct Completion {
    /// The shell
    pub shell: Shell,
}

pub const COMPLETION_EXAMPLES: &str = "Examples:\n  source <(sts-lab completion bash)\n  \
    sts-lab completion zsh > ~/.zfunc/_sts-lab\n  sts-lab completion fish > ~/.config/fish/completions/sts-lab.fish";
