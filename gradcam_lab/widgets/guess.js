// Guess first: the map stays hidden until the reader has said where it will peak.

const SHELF = "gradcam-lab.guesses"; // the score through the course, kept by the reader's own browser

const roundOf = (state) => [state.picture, state.method, state.layer, state.target].join("\n");

export function createGame() {
  const made = new Map();
  let cross = null;

  const remember = (hit) => {
    const score = total();
    score.guesses += 1;
    score.hits += hit ? 1 : 0;
    try {
      localStorage.setItem(SHELF, JSON.stringify(score));
    } catch {
      // a browser that keeps nothing: the score of this Explorer still counts
    }
  };
  const total = () => {
    try {
      const { guesses, hits } = JSON.parse(localStorage.getItem(SHELF));
      return { guesses: Number(guesses) || 0, hits: Number(hits) || 0 };
    } catch {
      return { guesses: 0, hits: 0 };
    }
  };

  return {
    total,
    guessOf: (state) => made.get(roundOf(state)) || null,
    hides: (state, entry) => Boolean(state.guess && entry && entry.peak && !made.has(roundOf(state))),
    cross: () => cross,
    restart: () => {
      cross = null;
    },
    point: (place) => {
      cross = place;
    },
    // Move the cross by a step of the keyboard; `fine` for single pixels.
    move: ([dx, dy], [width, height], fine) => {
      const step = fine ? 1 : Math.max(1, Math.round(Math.max(width, height) / 32));
      const [x, y] = cross || [Math.floor(width / 2), Math.floor(height / 2)];
      const inside = (value, most) => Math.min(Math.max(value, 0), most - 1);
      cross = [inside(x + dx * step, width), inside(y + dy * step, height)];
    },
    // A hit lies within one cell of the map, for a map cannot say more than that, and never less than 8 % of the view.
    make: (state, entry, view) => {
      if (!cross) return null;
      const [left, top, right, bottom] = view;
      const wide = Math.max(right - left, bottom - top);
      const cell = Math.max((right - left) / entry.w, (bottom - top) / entry.h);
      const tolerance = Math.max(cell, 0.08 * wide);
      const distance = Math.hypot(cross[0] - entry.peak[0], cross[1] - entry.peak[1]);
      const guess = { place: cross, distance, tolerance, hit: distance <= tolerance };
      made.set(roundOf(state), guess);
      remember(guess.hit);
      cross = null;
      return guess;
    },
  };
}
