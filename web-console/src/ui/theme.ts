import { createTheme, type MantineColorsTuple, type CSSVariablesResolver } from "@mantine/core";

/** The colour of moving water: one hue, from mist to depth. */
const weir: MantineColorsTuple = [
  "#e6fbf8",
  "#d2f3ee",
  "#a5e5dc",
  "#74d7c9",
  "#4ecbb9",
  "#2fb5a3",
  "#159484",
  "#0f766e",
  "#0b5f59",
  "#064843",
];

export const theme = createTheme({
  colors: { weir },
  primaryColor: "weir",
  primaryShade: { light: 7, dark: 7 },
  fontFamily: '"Inter Variable", system-ui, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "JetBrains Mono", "SFMono-Regular", Menlo, Consolas, monospace',
  headings: { fontFamily: '"Inter Variable", system-ui, sans-serif', fontWeight: "650" },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
});

/** Texts that are dimmed, or links, still have a contrast of 4.5 to 1 on every surface of ours. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#59626d",
    "--mantine-color-anchor": "#0b5f59",
    "--mantine-color-placeholder": "#66707b",
    "--mantine-color-yellow-light-color": "#8a4b00",
    "--weir-canvas": "#f6f8f9",
    "--weir-surface": "#ffffff",
    "--weir-line": "#e1e6ea",
    "--weir-accent-soft": "#e0f4f1",
    "--weir-accent-text": "#0b5f59",
  },
  dark: {
    "--mantine-color-body": "#14181c",
    "--mantine-color-text": "#dbe2e8",
    "--mantine-color-dimmed": "#9aa6b2",
    "--mantine-color-anchor": "#4ecbb9",
    "--mantine-color-placeholder": "#8794a1",
    "--weir-canvas": "#0f1316",
    "--weir-surface": "#171c21",
    "--weir-line": "#2a323a",
    "--weir-accent-soft": "#12302d",
    "--weir-accent-text": "#74d7c9",
  },
});
