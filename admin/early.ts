// Runs before the first paint, so that a chosen theme never flashes the other one. Bundled apart from the page, which
// is a hundred times as long and comes after the paint.

import { applyTheme, readTheme } from "./theme_choice.ts";

applyTheme(readTheme());
