// Everything the bias knob says. Strings only.

// Whole per cents: a few hundred pictures say no more.
export const whole = (share) => {
  if (share > 0 && share < 0.005) return "< 1 %";
  if (share < 1 && share > 0.995) return "> 99 %";
  return `${Math.round(share * 100)} %`;
};

// The interventions: what is changed in a picture, and all else as it was.
export const CHANGES = [
  ["nothing", "Nothing"],
  ["hair", "Hair and face"],
  ["tool", "The tool"],
];

export const shareText = ({ men, women }) =>
  `${whole(men)} of the doctors are men, ${whole(women)} of the nurses women`;

export function remarkText({ men, women, paper }) {
  const fit = `${whole((men + women) / 2)} of the people fit the stereotype`;
  if (paper) return `${fit}. These are the numbers of the Grad-CAM paper, section 6.3.`;
  return men === 0.5 && women === 0.5 ? `${fit}, as many as do not.` : `${fit}.`;
}

export const sureText = (probability) => probability.toFixed(2);

// "doctor, woman → man": who is in the picture, and what was changed.
export function whoText({ kind, presentation, tool }, change) {
  if (change === "hair") return `${kind}, ${presentation} → ${presentation === "man" ? "woman" : "man"}`;
  if (change !== "tool") return `${kind}, ${presentation}`;
  const other = { stethoscope: "tray", tray: "stethoscope" }[tool];
  return other ? `${kind} with ${other}` : `${kind} without a tool`;
}

// What to think of an answer: {sign, word, kind}. Whose tool is swapped has no right answer: does it flip?
export function verdictOf(person, change, label, before) {
  if (change === "tool") return label === before ? { sign: "=", word: "stays", kind: "" } : { sign: "⇄", word: "flips", kind: "" };
  return label === person.kind ? { sign: "✓", word: "right", kind: "good" } : { sign: "✗", word: "wrong", kind: "bad" };
}

export function pictureText({ who, label, probability, note, verdict, flipped, method }) {
  const says = verdict.kind ? `, ${verdict.word}` : "";
  const change = flipped ? ", flipped" : "";
  return `${who}: the answer is ${label}, ${sureText(probability)}${says}${change}. ${note || `${method} for ${label}.`}`;
}

export function sumText({ change, n, right, flips, tools }) {
  if (change === "hair") return `${flips} of ${n} answers flip. Going by the tool, a network would keep them all.`;
  if (change === "tool") return `${flips} of ${tools} answers flip. Going by the tool, a network would flip them all.`;
  return `${right} of ${n} answers are right.`;
}

export const intervalText = ([value, low, high, n]) =>
  n ? `${whole(value)}, 95 % interval ${whole(low)} to ${whole(high)}, ${n} pictures` : "no such picture";

export const valueText = ([value, , , n]) => (n ? whole(value) : "–");

export const stereotypeText = ({ stereotype, against }) =>
  `With the stereotype ${valueText(stereotype)}, against it ${valueText(against)}.`;

export const sourceText = (pictures, method) =>
  `The bars were measured on ${pictures} fresh pictures in which presentation says nothing about the profession; the heat is ` +
  `Grad-CAM's${method === "Grad-CAM" ? "" : ` (the pictures show ${method})`}, for the network's own answer. Whiskers: 95 % ` +
  "intervals over pictures. Trained again, a network would give somewhat other numbers.";

// What changed, for those who listen.
export function spokenText(net, sum) {
  const { share, hair_flips, tool_flips } = net.numbers;
  const on = (part) => `${valueText(share[part])} on the ${part}`;
  return (
    `${shareText(net)}. ${sum} Heat: ${on("head")}, ${on("tool")}. ${stereotypeText(net.numbers)} ` +
    `Answers flip with hair and face in ${valueText(hair_flips)}, with the tool in ${valueText(tool_flips)}.`
  );
}
