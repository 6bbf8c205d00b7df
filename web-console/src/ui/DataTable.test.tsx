import { MantineProvider } from "@mantine/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";

import { DataTable, type Column } from "./DataTable";

interface Row {
  name: string;
  lag: number;
}

const COLUMNS: Column<Row>[] = [
  { id: "name", title: "Name", value: (row) => row.name },
  { id: "lag", title: "Lag", align: "right", value: (row) => row.lag },
];

function show(rows: Row[]) {
  render(
    <MantineProvider>
      <DataTable label="Groups" rows={rows} columns={COLUMNS} rowKey={(row) => row.name} />
    </MantineProvider>,
  );
}

function names(): (string | null)[] {
  const [, ...rows] = screen.getAllByRole("row");
  return rows.map((row) => row.querySelector("td")?.textContent ?? null);
}

afterEach(cleanup);

test("rows are sorted by a column, as numbers where they are numbers", () => {
  show([
    { name: "a", lag: 9 },
    { name: "b", lag: 100 },
    { name: "c", lag: 10 },
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Lag" }));
  expect(names()).toEqual(["b", "c", "a"]);
  expect(screen.getByRole("columnheader", { name: "Lag" }).getAttribute("aria-sort")).toBe("descending");
});

test("a search leaves what has it, and says how many", () => {
  show([
    { name: "orders", lag: 1 },
    { name: "payments", lag: 2 },
  ]);
  fireEvent.change(screen.getByRole("textbox", { name: "Search groups" }), { target: { value: "pay" } });
  expect(names()).toEqual(["payments"]);
  expect(screen.getByText("1 of 2")).toBeTruthy();
});

test("of ten thousand rows only those in sight are in the page", () => {
  show(Array.from({ length: 10_000 }, (_, at) => ({ name: `g-${at}`, lag: at })));
  expect(screen.getAllByRole("row").length).toBeLessThan(60);
  expect(screen.getByRole("table", { name: "Groups" }).getAttribute("aria-rowcount")).toBe("10000");
});
