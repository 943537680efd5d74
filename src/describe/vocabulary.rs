//! The vocabulary: every fact a day can have, when it holds, and how people say it. One table, read by the wording
//! and by the search. What comes in: a [`Day`]; what goes out: the facts that hold.
//!
//! Facts are in order of importance: a vector is shaped most by what a text says first, and people ask for sleep
//! first. Rows of one subject stand next to each other, the strongest first; all that hold are kept as facets (a very
//! short sleep is a short sleep, too), but the gist says only the strongest.

use crate::day::Day;
use crate::day::Property::*;

use super::rule::Rule::{self, *};

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// The night that ended on the day.
    Sleep,
    /// Heart rate, at rest and over the day.
    Heart,
    /// How hard and how long the day's sessions were.
    Training,
    /// Steps, distance, time on the move.
    Activity,
    /// What was eaten.
    Nutrition,
    /// Scale and tape measure.
    Body,
}

/// A fact of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct Facet {
    /// The fact in our words: what a day carries, what is filtered by and what is embedded.
    pub phrase: &'static str,
    /// What it is about.
    pub group: Group,
    /// The ladder it belongs to; of one subject the gist says only the first that holds.
    pub subject: &'static str,
    /// When it holds.
    pub rule: Rule,
    /// How people say it, separated by `; `.
    says: &'static str,
}

impl Facet {
    /// Everyday phrasings, without the phrase itself.
    pub fn phrasings(&self) -> impl Iterator<Item = &'static str> {
        self.says.split("; ")
    }
}

/// The facts that hold for a day, in the order of the table.
pub fn holding(day: &Day) -> impl Iterator<Item = &'static Facet> {
    FACETS.iter().filter(move |facet| facet.rule.grade(day).is_some())
}

/// The facet of that phrase.
pub fn facet(phrase: &str) -> Option<&'static Facet> {
    FACETS.iter().find(|facet| facet.phrase == phrase)
}

/// Words for a hard session in the data.
pub(crate) const HARD: &[&str] = &["high", "peak", "hard", "vigorous", "intense", "max", "maximum"];
/// Words for an easy session in the data.
pub(crate) const EASY: &[&str] = &["low", "easy", "light"];
const STRENGTH: &[&str] = &[
    "strength",
    "weight",
    "weights",
    "weightlifting",
    "lifting",
    "resistance",
];
const MIND_BODY: &[&str] = &["yoga", "pilates", "stretching", "mobility", "flexibility"];
const CARDIO: &[&str] = &[
    "cardio", "running", "run", "cycling", "swimming", "rowing", "hiit", "aerobic",
];

const fn row(group: Group, subject: &'static str, phrase: &'static str, rule: Rule, says: &'static str) -> Facet {
    Facet {
        phrase,
        group,
        subject,
        rule,
        says,
    }
}

/// Every fact. Limits are in thousandths of the unit of the property.
///
/// Sources: NSF time = National Sleep Foundation's sleep time recommendations (Hirshkowitz 2015: 7-9 h for adults,
/// under 6 and over 10 not recommended); NSF quality = its sleep quality recommendations (Ohayon 2017: efficiency of
/// 85 % good, under 75 poor; 1 awakening good, 4 poor; deep sleep 16-20 %, REM 21-30 %); AHA = American Heart
/// Association (resting 60-100 bpm); ESH = European hypertension guidelines 2018 (resting over 80 bpm is a risk);
/// Tudor-Locke 2004 and 2009 (steps a day: under 2,500 basal, under 5,000 sedentary, 10,000 active, 12,500 highly
/// active); WHO 2020 (150-300 min of activity a week), WHO sodium (under 2 g a day), sugars (25 and 50 g) and BMI;
/// ACSM (vigorous: from 77 % of the maximum heart rate); AMDR = US dietary reference intakes; EFSA = European food
/// safety authority. "Own" marks a limit against the user's own usual, chosen above day-to-day noise.
#[rustfmt::skip]
pub const FACETS: &[Facet] = &[
    // Sleep. A score is on a scale of 100, under 60 poor, 80 good, 90 excellent (usual in wearables).
    row(Group::Sleep, "quality", "poor sleep", // NSF quality
        Any(&[Says(SleepQuality, &["poor", "bad", "terrible"]), Below(SleepEfficiency, 75_000), Below(SleepScore, 60_000)]),
        "slept badly; bad sleep; terrible sleep; awful sleep; poor night; slept awfully; horrible sleep; bad night; terrible night's sleep; poor sleep quality; rough night; lousy sleep; awful night; slept poorly; sleep was terrible; could not sleep properly; crappy sleep; night was horrible; got no proper rest; sleep quality was bad; woke up unrested; had trouble sleeping; unrefreshing sleep; slept terribly; dreadful night; wretched sleep; nightmare of a night; hardly got any proper rest; woke up feeling like death; woke up feeling awful; terrible rest; bad rest; poor rest; slept like garbage; insomnia; woke up unrefreshed; woke up exhausted; night of bad quality; shocker of a night; dodgy night; could not sleep; rest was poor; bad night's rest; wrecked my sleep; ruined my sleep; messed up my sleep; spoiled my night; barely rested; felt barely rested; badly rested; sleep went wrong; sleep went badly; night went wrong; night was a rough one; hardly any decent sleep; night went badly; inadequate sleep quality; disturbed or unsatisfactory night"),
    row(Group::Sleep, "quality", "excellent sleep",
        Any(&[Says(SleepQuality, &["excellent"]), AtLeast(SleepScore, 90_000)]),
        "slept like a baby; great night; slept great; slept like a log; top sleep; perfect night; fantastic sleep; great sleep; wonderful night's rest; slept soundly; slept wonderfully; excellent night; superb sleep; slept perfectly; deep and restorative night; dead to the world; slept like a rock; out cold until the alarm; never slept better; woke up feeling fantastic; slept very well; slept extremely well; slept incredibly well; out like a light; slept like a dream; slept like the dead; slept like a king; great rest; best possible sleep; slept brilliantly; slumbered wonderfully; cracking sleep; great night's sleep; restorative sleep; fully restorative sleep; exceptionally well rested; woke up well rested; recharged overnight"),
    row(Group::Sleep, "quality", "good sleep",
        Any(&[Says(SleepQuality, &["good", "excellent"]), AtLeast(SleepScore, 80_000)]),
        "slept well; sleep was good; good night; good night's sleep; restful night; decent sleep; refreshing sleep; woke up refreshed; good rest; fine night; healthy sleep; pleasant night; nice sleep"),
    row(Group::Sleep, "length", "very short sleep", Below(SleepHours, 5_000), // an hour under what NSF time does not recommend
        "barely slept; hardly slept at all; hardly any sleep; a couple of hours of sleep; almost no sleep; all-nighter; barely got any shut-eye; severe sleep deprivation; sleepless night; got hardly any rest at night; only a few hours in bed; slept two or three hours; next to no sleep; very short night; night was very short; nights very short; sleep was very short; pulled an all-nighter"),
    row(Group::Sleep, "length", "short sleep", Below(SleepHours, 6_000), // NSF time
        "slept too little; not enough sleep; sleep deprived; did not get enough sleep; short night; lack of sleep; under-slept; too few hours of sleep; slept only a little; cut my sleep short; insufficient sleep; sleep debt; nights were short; nights were short ones; night was short; sleep was short; sleep was too short"),
    row(Group::Sleep, "length", "very long sleep", Above(SleepHours, 10_000), // NSF time
        "slept half the day; slept forever; overslept; slept the day away; slept way longer than I should; slept for ages; hibernated"),
    row(Group::Sleep, "length", "long sleep", Above(SleepHours, 9_000), // NSF time
        "slept a lot; long night; slept very long; slept long; sleep was long; plenty of sleep; big sleep; lots of sleep"),
    row(Group::Sleep, "length", "enough sleep", Within(SleepHours, 7_000, 9_000), // NSF time
        "slept enough; healthy amount of sleep; normal sleep duration; a full night of sleep; recommended amount of sleep"),
    row(Group::Sleep, "interruptions", "restless sleep", AtLeast(Awakenings, 4_000), // NSF quality
        "tossed and turned; kept waking up; woke up many times; woke up all night; interrupted sleep; broken sleep; fragmented sleep; restless night; fitful sleep; up and down all night; lots of wake ups during the night; awake several times in the night; could not stay asleep; many awakenings; woke repeatedly; choppy sleep; tossing all night; tossed about all night; woke up again and again; kept waking; many wake-ups; eyes open again and again; in and out of sleep; woke up constantly; lots of waking in the night; waking up over and over; night chopped up; up and down all night long; lots of awakenings; numerous awakenings; frequent awakenings; frequent waking; disrupted sleep; sleep kept getting interrupted; sleep was disturbed; disturbed sleep; sleep continuity was broken; came out of sleep many times"),
    row(Group::Sleep, "interruptions", "undisturbed sleep", AtMost(Awakenings, 1_000), // NSF quality
        "slept through the night; uninterrupted sleep; did not wake up at night; slept straight through; never woke up in the night; unbroken sleep; continuous sleep; slept through; hardly stirred; barely stirred; hardly a waking; hardly woke; scarcely woke; nothing disturbed my sleep; nothing disturb my sleep; undisturbed night; slept undisturbed; nothing woke me"),
    row(Group::Sleep, "usual length", "slept clearly less than usual", // Own
        Clearly { delta: SleepHoursDelta, spread: SleepHoursSpread, limit: -1_500 },
        "clearly less sleep than usual; clearly shorter night than usual; far less sleep than usual; unusually short night for me; way less sleep than normal; much shorter night than usual"),
    row(Group::Sleep, "usual length", "slept clearly more than usual", // Own
        Clearly { delta: SleepHoursDelta, spread: SleepHoursSpread, limit: 1_500 },
        "clearly more sleep than usual; clearly longer night than usual; far more sleep than usual; unusually long night for me; way more sleep than normal; much longer night than usual"),
    row(Group::Sleep, "usual length", "slept less than usual", AtMost(SleepHoursDelta, -1_000), // Own
        "less sleep than usual; shorter night than normal for me; slept less than normal; below my average sleep"),
    row(Group::Sleep, "usual length", "slept more than usual", AtLeast(SleepHoursDelta, 1_000), // Own
        "more sleep than usual; longer night than normal for me; slept longer than normal; caught up on sleep; slept more than average"),
    row(Group::Sleep, "efficiency", "efficient sleep", AtLeast(SleepEfficiency, 85_000), // NSF quality
        "high sleep efficiency; efficient night; sleep was efficient; little time awake in bed; slept efficiently; asleep for nearly all of the time in bed"),
    row(Group::Sleep, "efficiency", "inefficient sleep", Below(SleepEfficiency, 75_000), // NSF quality
        "low sleep efficiency; sleep was inefficient; slept inefficiently; lay awake in bed; awake in bed for long; trouble falling asleep"),
    row(Group::Sleep, "deep", "little deep sleep", Below(DeepSleepHours, 1_000), // under 13 % of 7.5 h
        "not enough deep sleep; light superficial sleep; low deep sleep; hardly any deep sleep; barely any deep sleep; not much deep sleep; short on deep sleep; skimped on deep sleep; deep sleep was low; lacked deep sleep; deep sleep barely showed up; hardly got into deep sleep; too little deep sleep; shallow sleep; deep sleep was short; scarcely any deep sleep; short deep sleep; deep sleep was scarce"),
    row(Group::Sleep, "deep", "much deep sleep", AtLeast(DeepSleepHours, 2_000), // over 25 % of 8 h
        "a lot of deep sleep; plenty of slow-wave sleep; deep sleep was high"),
    row(Group::Sleep, "rem", "little REM sleep", Below(RemSleepHours, 1_000), // under 15 % of 7 h
        "not enough REM; low REM sleep; low REM; little REM; hardly any REM; hardly any dream sleep; hardly dreamed"),
    row(Group::Sleep, "rem", "much REM sleep", AtLeast(RemSleepHours, 2_500), // over 30 % of 8 h
        "a lot of REM; high REM sleep; dreamed a lot; plenty of dream sleep"),
    row(Group::Sleep, "bedtime", "late to bed", Clock(Bedtime, 0, 6 * 60),
        "went to bed late; stayed up late; up late; up past midnight; night owl; late night; in bed after midnight; turned the lights off really late; stayed awake until late; fell asleep late; bedtime was late; did not go to bed until late; turned in late; turned in past midnight; turned in after midnight; retired late; retired past midnight; retired after midnight; went to bed past midnight; went to bed after midnight; late in retiring; did not retire until late; did not retire until a late hour; did not turn in until late; not in bed until late; hit the pillow late; hit the sack late; hit the hay late; went late to bed; went late in bed; went to bed too late"),
    row(Group::Sleep, "bedtime", "early to bed", Clock(Bedtime, 18 * 60, 22 * 60),
        "went to bed early; turned in early; early night; hit the sack early; in bed before ten; in bed early; lights out early; fell asleep early; early bedtime"),
    row(Group::Sleep, "wake time", "up early", Clock(WakeTime, 3 * 60, 6 * 60),
        "woke up early; early bird; got up at the crack of dawn; early morning; rose early; up before six; got up before sunrise; awake early in the morning; early start; early riser"),
    row(Group::Sleep, "wake time", "slept in", Clock(WakeTime, 9 * 60, 15 * 60),
        "woke up late; got up late; lie-in; late riser; stayed in bed all morning; slept until noon; got out of bed late; late wake-up; woke late; long lie in bed; had a lie-in; slept late; stayed in bed late; stayed in bed until late; lay in bed until late; lay in bed late"),

    // Heart.
    row(Group::Heart, "resting", "resting heart rate clearly above usual", // Own
        Clearly { delta: RestingHrDelta, spread: RestingHrSpread, limit: 8_000 },
        "clearly higher resting pulse than normal; clearly higher resting heart rate than usual; resting pulse far above normal; resting heart rate way higher than usual; resting heart rate much higher than usual"),
    row(Group::Heart, "resting", "elevated resting heart rate", // Own; AHA
        Any(&[AtLeast(RestingHrDelta, 5_000), Above(RestingHr, 100_000)]),
        "resting heart rate above usual; resting pulse higher than normal; raised resting heart rate; heart rate at rest was up; ticker working overtime at rest; resting HR spiked; heart beating faster than usual at rest; higher resting pulse than usual; heart racing at rest; unusually high resting heart rate; heart rate at rest was higher than it should be; morning pulse was up; heart working overtime while resting; fast heartbeat while doing nothing; high heart rate at rest; resting heart rate went up; quickened pulse at rest; racing heart in bed; heart pounding while sitting still; pulse too fast at rest; heart beating hard for no reason; resting heart rate up; resting heart rate high; resting heart rate was up; resting heart rate beating too fast; resting heart rate too high; resting heart rate too fast; resting heart rate elevated; resting heart rate raised; resting heart rate fast; resting heart rate running high; resting heart rate running hot; resting heart rate higher than it should be; high idle heart rate; resting heart rate on the high side; resting heart rate quicker than it ought to be; heart would not settle at rest; resting heart rate going fast; heart going fast at rest; heart thumping at rest; pulse up at rest; elevation of the resting heart rate; rise in resting heart rate; increase in resting heart rate; resting heart rate gone up; resting heart rate has gone up"),
    row(Group::Heart, "resting", "lowered resting heart rate", AtMost(RestingHrDelta, -5_000), // Own
        "resting heart rate below usual; resting pulse lower than normal; resting HR dropped; lower resting pulse than usual; unusually low resting heart rate"),
    row(Group::Heart, "resting level", "very high resting heart rate", Above(RestingHr, 100_000), // AHA
        "tachycardia; resting pulse over a hundred; dangerously high resting heart rate"),
    row(Group::Heart, "resting level", "high resting heart rate", Above(RestingHr, 80_000), // ESH
        "high resting pulse; fast resting heart rate; fast pulse at rest; high pulse in the morning"),
    row(Group::Heart, "resting level", "low resting heart rate", Below(RestingHr, 60_000), // AHA
        "low resting pulse; slow resting heart rate; athletic resting pulse; bradycardia; calm heart at rest; slow ticker; resting heart rate was low; resting heart rate nice and low; resting heart rate low"),
    row(Group::Heart, "peak", "very high heart rate peak", AtLeast(HrMax, 180_000), // the maximum at 40 years (220 - age)
        "heart rate went through the roof; heart rate maxed out; pulse peaked very high; heart pounding; maximum heart rate extremely high; heart rate shot up extremely high; heart rate spiked very high; peak pulse; heart almost jumped out of my chest; top heart rate of the day was extreme"),
    row(Group::Heart, "zones", "long at a peak heart rate", ZoneMinutes(5, 10_000), // ACSM: near-maximal
        "a long time in the red zone; minutes in zone five; near my maximum heart rate for long"),
    row(Group::Heart, "zones", "long at a high heart rate", ZoneMinutes(4, 25_000), // WHO: 75 vigorous min a week, on three days
        "a long time in the high heart rate zones; much time in zone four and five; heart rate high for a long time"),
    row(Group::Heart, "lowest", "very low heart rate", Below(HrMin, 40_000), // lowest resting rate of trained athletes, AHA
        "heart rate dropped very low; pulse dipped very low; extremely slow pulse"),
    row(Group::Heart, "average", "high average heart rate", AtLeast(HrMean, 100_000), // AHA
        "heart rate high all day; fast pulse throughout the day; elevated heart rate all day long; ticker ran hot all day"),
    row(Group::Heart, "average", "low average heart rate", Below(HrMean, 60_000), // AHA
        "heart rate low all day; slow pulse throughout the day; calm heart all day"),
    row(Group::Heart, "spread", "strongly varying heart rate", AtLeast(HrStd, 30_000), // twice what quiet days show
        "heart rate all over the place; heart rate swung a lot; erratic pulse; big ups and downs in heart rate; pulse fluctuated strongly; my pulse was jumping around; heart rate went up and down a lot; irregular heart rate; wildly changing pulse"),
    row(Group::Heart, "spread", "steady heart rate", Below(HrStd, 8_000), // half of what quiet days show
        "stable heart rate; even pulse all day; constant heart rate; hardly any change in pulse; hr steady; heart rate steady; pulse steady; steady pulse; heart kept an even beat; even heartbeat all day; unvarying heartbeat"),

    row(Group::Heart, "illness", "signs of illness", // a raised resting pulse (Quer 2021) and less appetite
        All(&[AtLeast(RestingHrDelta, 5_000), AtMost(EatenKcalDelta, -300_000)]),
        "felt sick; was ill; had the flu; under the weather; had a cold; came down with something; was unwell; had a fever; fell ill; sick day; feeling poorly; caught a bug; in bed with flu; was poorly; fighting an infection; had an infection; was crook; felt crook; was sick; being ill; feeling ill; felt ill; feverish; down with a cold; laid up sick; coming down with something; got sick; not healthy; health was off; had a bug; virus; flu-like; caught something nasty; caught something; was not healthy"),

    // Training.
    row(Group::Training, "load", "rest day", Without(ActivityMinutes, WorkoutTypes), // DESIGN section 5
        "no exercise; day off from training; did not work out; recovery day; took it easy; couch day; lazy day; no workout; no training; skipped the gym; couch potato; gave the gym a miss; gave training a miss; did no sport; did nothing; vegged out; day without any activity; lounged around; chilled at home all day; took a break from training; stayed on the sofa; took the day off; no physical activity; idle day; did not exercise; rested all day; put my feet up; day of rest; lazed about; loafed around; lay around all day; without exercise; without any workout; without training; without any activity; without any sport; zero exercise; had a break from sport; recovered instead of training; did rest; day rested; rested instead; off day; skipped training; skipped exercise; skipped my workout; skipped working out; without working out; no session; no sessions; not a single workout; not a single session; not one workout; rest from training; rested from training; bludged; bludged from the gym; swerved the gym; gave the gym the swerve; gave training the flick; nothing trained; training-free day; no exercise whatsoever; sofa day; did not train; breather from training; day off the gym; no sport; put training on pause; did not do any exercise; nothing sporty; never got round to exercising; inactive in training; no workouts; without a session; stayed on the couch; zero training; zero working out; off days; free day; made a pause; pause day; pause from training; took free from training; made no training; no sporting activity; doing nothing all day; no exertion; sat still; sit still; gave my body a break; took a breather; spared my body; did not move a muscle; was recovering; only been recovering; only recovered; paused from sport; paused from training; break from exercise; break from working out; break from the gym; without any physical activity"),
    row(Group::Training, "load", "hard workout", // ACSM, at 40 years
        Any(&[Says(Intensities, HARD), AtLeast(ActivityHrMean, 150_000), AtLeast(ActivityHrMax, 180_000)]),
        "intense training; tough workout; exhausting exercise; went all out; killer session; crushed it at the gym; pushed myself hard; strenuous exercise; brutal workout; vigorous exercise; trained hard; heavy training; high intensity session; worked out hard; gruelling workout; smashed a session; gave everything at the gym; really tough training; exhausted myself exercising; sweated buckets in training; demanding workout; wore myself out exercising; hardcore training; extremely hard session; maxed out at the gym; pushed to the limit; hammered myself in training; difficult workout; beast mode; trained like mad; pushed myself to the limit; training wiped me out; a session that destroyed me; flogged myself; thrashed myself; beasted myself; busted a gut; hell for leather; hammer and tongs; balls to the wall; emptied the tank; went flat out; gave it everything; gave it my all; destroyed myself training; killed it at the gym; trained till I dropped; smashed it in the gym; smashed the workout; busted my backside; went hard at the gym; all-out effort; left it all on the gym floor; worked out really hard; intense exercise; brutal session; trained to exhaustion; training was brutal; workout nearly killed me; trained with high intensity; went for it in training; max effort; maximum effort; all out; high strain; hammered it; crushed it in training; high-strain day; smashed my training; gave everything in training; gave everything in exercise; gave everything; pushed close to the limit; pushed close to their limits; severe exertion; heavy exertion; intense effort; exerted myself severely; exhausted myself at sport; exhausted myself in training"),
    row(Group::Training, "load", "easy workout",
        All(&[Says(Intensities, EASY), NeverSays(Intensities, HARD)]),
        "light exercise; gentle workout; low intensity session; easy training; relaxed session; took it easy in training; easy recovery session; mild exercise; soft training; relaxed workout; light training"),
    row(Group::Training, "duration", "long workout", // over half of WHO's weekly minimum in one day
        Any(&[AtLeast(WorkoutMinutes, 90_000), AtLeast(ActivityMinutes, 90_000)]),
        "trained for hours; long training session; exercised for a long time; endless workout; lengthy exercise; worked out for ages; marathon session; spent hours at the gym; very long training; long exercise session; long hours of sport"),
    row(Group::Training, "duration", "short workout", // under the daily share of WHO's weekly minimum
        All(&[Any(&[Below(WorkoutMinutes, 20_000), Below(ActivityMinutes, 20_000)]),
              Any(&[AtMost(WorkoutMinutes, 20_000), Without(WorkoutMinutes, WorkoutMinutes)]),
              Any(&[AtMost(ActivityMinutes, 20_000), Without(ActivityMinutes, ActivityMinutes)])]),
        "quick workout; brief training; short session; exercised only briefly"),
    row(Group::Training, "strength", "strength training",
        Any(&[Says(WorkoutTypes, STRENGTH), Says(ActivityTypes, STRENGTH)]),
        "lifted weights; pumped iron; weight lifting; gym strength session; resistance training; lifting; hit the weights; weight training; muscle workout; did bench press and squats; dumbbells and barbells; deadlifts; strength workout; muscle building; lifted at the gym; weights session; session of weights; did weights; weights room; heavy lifting; resistance work; resistance session; barbell; barbells; dumbbell; dumbbells; squats; squats and deadlifts; bench press; picked heavy things up and put them down; getting swole; strength work; strength session; lifting weights; lifted heavy; iron session; weights; trained with weight training; exercised with weight training; lifted"),
    row(Group::Training, "cardio", "cardio training",
        Any(&[Says(WorkoutTypes, CARDIO), Says(ActivityTypes, CARDIO)]),
        "cardio session; endurance training; aerobic exercise; did cardio; cardio; cardiovascular training; cardiovascular exercise; cardiovascular workout"),
    row(Group::Training, "mind and body", "yoga or pilates",
        Any(&[Says(WorkoutTypes, MIND_BODY), Says(ActivityTypes, MIND_BODY)]),
        "flexibility training; on the yoga mat; mind and body exercise"),
    row(Group::Training, "energy", "burned many calories", // half of a 2,000 kcal day
        Any(&[AtLeast(ActivityKcal, 1_000_000), AtLeast(WorkoutKcal, 1_000_000)]),
        "burned a lot of calories; high calorie burn; torched calories; burnt a lot of energy; huge energy expenditure; used up lots of energy; calories burned were high; high calorie expenditure; high energy expenditure"),

    // Activity.
    row(Group::Activity, "steps", "very many steps", AtLeast(Steps, 12_500_000), // Tudor-Locke
        "walked a ton; on my feet all day; huge step count; walked for miles; extremely active on foot; walked my feet off; on my feet the entire day; took loads of steps; enormous amount of walking; walked for hours; tons of steps; walked my socks off; heaps of steps"),
    row(Group::Activity, "steps", "many steps", AtLeast(Steps, 10_000_000), // Tudor-Locke
        "walked a lot; lots of steps; high step count; hit my step goal; reached the step goal; active on foot; walked plenty; plenty of steps; did a lot of walking; walked around a lot; good step count; reached my daily steps; walked a great deal; clocked up a lot of steps; walked all over town; got my steps in; wore out shoe leather; step count was high; high number of steps; big step count; racked up the steps; lots of walking; step count proud"),
    row(Group::Activity, "steps", "hardly any steps", Below(Steps, 2_500_000), // Tudor-Locke
        "barely moved; hardly walked; almost no steps; practically no steps; basically no steps; stayed put all day; hardly left the house; hardly got up from the chair; barely walked; almost no walking; did not leave the couch; next to no steps"),
    row(Group::Activity, "steps", "few steps", Below(Steps, 5_000_000), // Tudor-Locke
        "walked very little; did not walk much; low step count; sedentary day; sat around all day; not many steps; inactive; sat at my desk all day; low on steps; hardly active; sitting all day; little walking; too little movement; barely active"),
    row(Group::Activity, "usual steps", "clearly more steps than usual", // Own
        Clearly { delta: StepsDelta, spread: StepsSpread, limit: 5_000_000 },
        "walked clearly more than usual; walked far more than usual; way more steps than normal; unusually many steps for me; much more walking than usual"),
    row(Group::Activity, "usual steps", "clearly fewer steps than usual", // Own
        Clearly { delta: StepsDelta, spread: StepsSpread, limit: -5_000_000 },
        "walked clearly less than usual; walked far less than usual; way fewer steps than normal; unusually few steps for me; much less walking than usual"),
    row(Group::Activity, "usual steps", "more steps than usual", AtLeast(StepsDelta, 3_000_000), // Own; 30 min of walking
        "walked more than usual; more walking than normal; more active than normal; moved more than usual"),
    row(Group::Activity, "usual steps", "fewer steps than usual", AtMost(StepsDelta, -3_000_000), // Own; 30 min of walking
        "walked less than usual; less walking than normal; less active than normal; moved less than usual"),
    row(Group::Activity, "distance", "long distance", AtLeast(DistanceKm, 15_000), // half as far again as a long run
        "covered a lot of ground; went far; covered a great distance; covered a long distance; many kilometers; many miles; loads of km; lots of km; covered loads of km"),
    row(Group::Activity, "time", "much active time", AtLeast(ActivityMinutes, 60_000), // WHO's upper weekly 300 min on five days
        "very active day; on the move for long; active for over an hour; busy active day; plenty of exercise; lots of exercise; moved a lot; very active; physically active all day; on the go for a good long time; on the go for a long time; on the go all day; high active time"),

    // Nutrition.
    row(Group::Nutrition, "energy", "overate", // Own; half as much again as the 2,000 kcal of food labels
        Any(&[AtLeast(EatenKcalDelta, 600_000), AtLeast(EatenKcal, 3_000_000)]),
        "ate too much; ate like a horse; pigged out; binged; stuffed myself; overindulged; ate a lot; huge meals; feasted; big eating day; calorie surplus; too many calories; high calorie intake; gorged on food; ate way more than I needed; cheat day; ate excessively; binge eating; food binge; overfed; had way too much food; too much to eat; ate way too much; ate far too much; devoured everything; gluttony; made a pig of myself; went overboard with food; ate until I burst; stuffed my face; second and third helpings; raided the fridge; all-you-can-eat buffet; blowout with food; food blowout; gorged; gorging; gorged myself; binge; bingeing; overdid it at the table; overdid the food; overdid it with food; scoffed the lot; scoffed far too much; went overboard on the food; too much food; excess food; excess eating; excess calories; excess kcal; overindulging; pigging out; hoovered up too much food; ate the house down; went overboard eating; eating too much; over-ate; went over on calories; far over on calories; way over on calories; over on my calories; intake out of control; intake got out of hand; blew my calorie budget; surplus day; huge surplus; cheat days; eating out of control; more food than I should; more food than I needed; eating was excessive; excessive eating; too much on my plate; dietary excess; caloric excess; overconsumption; excessive intake; large caloric intake; too many food; ate without stopping; overindulged at the table; overindulgence in food; overindulged in food; too much food in my stomach"),
    row(Group::Nutrition, "energy", "ate very little", Below(EatenKcal, 1_200_000), // NIH: lowest advisable intake
        "hardly ate anything; barely ate; ate like a bird; starved; fasted; almost no food; very low calorie intake; skipped meals; no appetite; picked at my food; ate next to nothing; nearly no food; hardly any food; crash diet; went without food; starving myself"),
    row(Group::Nutrition, "energy", "ate little", Below(EatenKcal, 1_600_000), // a fifth under the 2,000 kcal of food labels
        "ate lightly; did not eat much; did not eat a lot; small meals; low calorie day; ate less; calorie deficit; dieted; light eating; ate small portions; on a diet; restricted calories; low food intake; cut calories"),
    row(Group::Nutrition, "usual energy", "ate clearly more than usual", // Own
        Clearly { delta: EatenKcalDelta, spread: EatenKcalSpread, limit: 800_000 },
        "clearly more food than usual; ate far more than usual; way more calories than normal; unusually much food for me; ate much more than usual"),
    row(Group::Nutrition, "usual energy", "ate clearly less than usual", // Own
        Clearly { delta: EatenKcalDelta, spread: EatenKcalSpread, limit: -800_000 },
        "clearly less food than usual; ate far less than usual; way fewer calories than normal; unusually little food for me; ate much less than usual"),
    row(Group::Nutrition, "usual energy", "ate more than usual", AtLeast(EatenKcalDelta, 400_000), // Own; a fifth of 2,000 kcal
        "more food than usual; higher calorie intake than normal; ate more than normal; bigger appetite than usual; ate more than average; more calories than usual; hungrier than usual"),
    row(Group::Nutrition, "usual energy", "ate less than usual", AtMost(EatenKcalDelta, -400_000), // Own; a fifth of 2,000 kcal
        "less food than usual; lower calorie intake than normal; ate less than normal; smaller appetite than usual"),
    row(Group::Nutrition, "protein", "high protein", AtLeast(ProteinG, 120_000), // 1.6 g/kg (Morton 2018) at 75 kg
        "lots of protein; loads of protein; tons of protein; much protein; protein-rich food; plenty of protein; ate a lot of meat and eggs; high-protein diet; protein loaded; chicken and protein shakes; steak, eggs and fish; protein heavy; lots of meat; high protein intake; ate like a bodybuilder; loads of chicken and egg whites; smashed the protein; protein packed; protein through the roof; big on protein; big protein; heaps of protein; protein way up; protein sky high; packed with protein; lashings of protein; protein was high; protein rich; piles of protein; stuffed in protein; protein shakes galore; a lot of protein; loaded up on protein; load up on protein; loading up on protein; protein count was large; a protein-rich diet; hit my protein; plenty of muscle-building protein; steak and eggs; steak and shakes; big on chicken and eggs; abundant protein; abundant protein consumption"),
    row(Group::Nutrition, "protein", "low protein", Below(ProteinG, 50_000), // reference intake of food labels
        "little protein; not enough protein; protein-poor food; short on protein; hardly any protein; protein deficient day; too little protein; low on protein; skimped on protein; light on protein"),
    row(Group::Nutrition, "carbs", "very low carb", Below(CarbsG, 50_000), // ketogenic, Feinman 2015
        "keto day; ketogenic; nearly no carbs; no carbs; zero carb; almost zero carbohydrates; ketogenic diet day"),
    row(Group::Nutrition, "carbs", "low carb", Below(CarbsG, 130_000), // AMDR: recommended minimum; Feinman 2015
        "few carbohydrates; little bread and pasta; cut carbs; low carbohydrate diet; went easy on carbs; few carbs; cut out bread; skipped the pasta and rice; reduced carbohydrates; ate few carbohydrates; low in carbs"),
    row(Group::Nutrition, "carbs", "high carb", AtLeast(CarbsG, 325_000), // AMDR: 65 % of 2,000 kcal
        "lots of carbs; a lot of carbohydrate; heavy in carbohydrates; plenty of carbohydrates; lots of starchy food; carb loading; plenty of pasta and bread; many carbohydrates; carbed up; high carbohydrate; loads of pasta; bread, rice and potatoes; lots of starch; many carbs; rich in carbohydrates"),
    row(Group::Nutrition, "fat", "high fat", AtLeast(FatG, 100_000), // AMDR: 35 % of 2,500 kcal
        "fatty food; greasy food; lots of fat; a lot of fat; plenty of fat; much fat; high-fat diet; oily food; burgers and fries; fried food; fat-rich meals; fast food and pizza; lots of butter and cheese"),
    row(Group::Nutrition, "fat", "low fat", Below(FatG, 44_000), // AMDR: 20 % of 2,000 kcal
        "little fat; lean food; low-fat diet; not much fat"),
    row(Group::Nutrition, "fiber", "high fiber", AtLeast(FiberG, 30_000), // EFSA 25 g, UK 30 g
        "lots of fiber; plenty of vegetables and whole grains; fibre-rich food; high fibre; lots of greens and beans; plenty of whole grains; ate many vegetables; rich in fibre; plenty of roughage; fibre rich; fiber rich; lots of roughage; plenty of fibre"),
    row(Group::Nutrition, "fiber", "low fiber", Below(FiberG, 15_000), // half of it
        "little fiber; not enough vegetables; low fibre; short on roughage"),
    row(Group::Nutrition, "sugar", "much sugar", AtLeast(SugarG, 90_000), // reference intake of food labels
        "lots of sugar; a lot of sugar; plenty of sugar; laden with sugar; sugary diet; sweets; sugary food; sugar binge; sweet tooth; candy and cake; high sugar; sugary day; gobbled up chocolate and sweets; too much sugar; lots of dessert; ice cream and cookies; sugar overload; ate sweets; sugar heavy; sugar rush; sugar high; sugar was high; loads of sweets; heaps of sugar; too many sweets; sweet treats galore; bouncing off the walls on sugar; sugar intake was high; living on sugar; grams of sugar were a lot; a load of sugar; sugar by the spoonful; sugary treats; sweet stuff; stuffed myself with sugar; stuffed myself with sweets; stuffed my face with sugar; pigged out on sugar; pigged out on sweets; overboard on the sweet stuff; gave in to my sweet tooth"),
    row(Group::Nutrition, "sugar", "little sugar", Below(SugarG, 25_000), // WHO
        "low sugar; hardly any sugar; avoided sweets; cut out sugar; sugar-free day; no sweets; stayed off sugar"),
    row(Group::Nutrition, "salt", "very salty food", AtLeast(SodiumMg, 4_000_000), // twice WHO
        "extremely salty; far too much salt; loads of sodium; far too salty; much too salty"),
    row(Group::Nutrition, "salt", "salty food", Above(SodiumMg, 2_000_000), // WHO
        "too much salt; very much salt; a lot of salt; much salt; pigged out on salty stuff; pigged out on salty food; stuffed myself with salty food; high sodium; salty meals; lots of salt; high salt intake; food was too salty; chips and salty snacks; over the salt limit; high in salt; sodium was high"),
    row(Group::Nutrition, "salt", "little salt", Below(SodiumMg, 1_500_000), // AHA: ideal
        "low sodium; low salt; not much salt; unsalted food"),
    row(Group::Nutrition, "meals", "a single meal", All(&[AtLeast(Meals, 1_000), AtMost(Meals, 1_000)]),
        "ate only once; one meal a day; just one meal; OMAD"),
    row(Group::Nutrition, "meals", "many meals", AtLeast(Meals, 6_000),
        "ate all day long; grazed all day; kept eating; lots of small meals"),
    row(Group::Nutrition, "breakfast", "skipped breakfast", NeverSays(MealTypes, &["breakfast"]),
        "no breakfast; had no breakfast; left the house without breakfast; missed breakfast"),

    // Body: WHO's classes of BMI; waist from WHO's highest risk for men; fat from the ACE classes.
    row(Group::Body, "BMI", "BMI in the obese range", AtLeast(Bmi, 30_000),
        "obese; obesity; very heavy for my height"),
    row(Group::Body, "BMI", "BMI in the overweight range", AtLeast(Bmi, 25_000),
        "overweight; heavy for my height; excess weight"),
    row(Group::Body, "BMI", "BMI in the underweight range", Below(Bmi, 18_500),
        "underweight; too thin; light for my height"),
    row(Group::Body, "BMI", "BMI in the healthy range", Within(Bmi, 18_500, 24_999),
        "normal weight; healthy weight; ideal weight"),
    row(Group::Body, "fat", "high body fat", AtLeast(BodyFatPercent, 25_000),
        "lots of body fat; high fat percentage; body fat was up"),
    row(Group::Body, "fat", "low body fat", Below(BodyFatPercent, 12_000),
        "lean body; little body fat; low fat percentage; shredded"),
    row(Group::Body, "waist", "large waist", AtLeast(WaistCm, 102_000),
        "big belly; wide waist; abdominal fat"),
    row(Group::Body, "measured", "body measured",
        Any(&[AtLeast(WeightKg, 0), AtLeast(WaistCm, 0), AtLeast(BodyFatPercent, 0), AtLeast(MuscleMassKg, 0)]),
        "stepped on the scale; weighed myself; weigh-in; took body measurements; weighed in; checked my weight; measured my waist; weighing day; got on the scale; put on the scale; weighed and measured; was weighed; been weighed"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_phrase_and_phrasing_belongs_to_one_fact() {
        let mut seen = HashSet::new();
        for facet in FACETS {
            assert!(seen.insert(facet.phrase), "{}", facet.phrase);
            assert!(facet.phrasings().count() >= 3, "{}", facet.phrase);
            for phrasing in facet.phrasings() {
                assert!(!phrasing.is_empty() && phrasing.trim() == phrasing, "{phrasing:?}");
                assert!(seen.insert(phrasing), "{phrasing}");
            }
        }
    }

    #[test]
    fn phrases_hold_no_digits_so_that_no_gist_does() {
        for facet in FACETS {
            assert!(
                !facet.phrase.contains(|c: char| c.is_ascii_digit() || c == '@'),
                "{}",
                facet.phrase
            );
        }
    }

    #[test]
    fn groups_and_subjects_stand_together() {
        let subjects: Vec<(Group, &str)> = FACETS.iter().map(|facet| (facet.group, facet.subject)).collect();
        let mut runs = subjects.clone();
        runs.dedup();
        let distinct: HashSet<_> = subjects.iter().collect();
        assert_eq!(runs.len(), distinct.len());
        assert!(runs.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
