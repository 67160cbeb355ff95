import assert from "node:assert/strict";
import { readOrders } from "./orders.ts";

const ORDERS = ["BUY ACME 100 10.50", "SELL BRK.B 5 9.99"];

const SAME: Record<string, string> = {
  "lines of the protocol": "BUY ACME 100 10.50\n\nSELL BRK.B 5 9.99\n",
  "lines with CR LF and a byte order mark": "\uFEFFBUY ACME 100 10.50\r\nSELL BRK.B 5 9.99\r\n",
  "plain CSV": "side,symbol,quantity,price\nBUY,ACME,100,10.50\nSELL,BRK.B,5,9.99\n",
  "a byte order mark, CR LF and semicolons, without an end of line":
    "\uFEFFside;symbol;quantity;price\r\nBUY;ACME;100;10.50\r\nSELL;BRK.B;5;9.99",
  "decimal commas": "side;symbol;quantity;price\nBUY;ACME;100;10,50\nSELL;BRK.B;5;9,99\n",
  "tabs": "side\tsymbol\tquantity\tprice\nBUY\tACME\t100\t10.50\nSELL\tBRK.B\t5\t9,99\n",
  "quotes":
    `"side","symbol","quantity","price"\n"BUY","ACME","100","10.50"\n"SELL",BRK.B,5,"9.99"\n`,
  "columns in another order, with others, and capitals": `Price,Note,Symbol,Trader,SIDE,Quantity
10.50,"he said ""now"", and
meant it",ACME,"Doe, J.",BUY,100
9.99,, BRK.B ,,SELL,5
`,
  "rows without content":
    "side,symbol,quantity,price\n,,,\nBUY,ACME,100,10.50\n\nSELL,BRK.B,5,9.99\n,,,\n",
};

for (const [what, text] of Object.entries(SAME)) {
  Deno.test(`readOrders() reads ${what}`, () => {
    assert.deepEqual(readOrders(text, "orders.csv"), ORDERS);
  });
}

Deno.test("readOrders() leaves what is wrong in a field to orderd", () => {
  const text = "side,symbol,quantity,price\nbuy,ACME,ten,\nBUY,ACME,,1\n";
  assert.deepEqual(readOrders(text, "x"), ["buy ACME ten ", "BUY ACME  1"]);
  assert.deepEqual(readOrders("BUY ACME 1 10,50\n", "x"), ["BUY ACME 1 10,50"]);
  assert.deepEqual(readOrders("", "x"), []);
});

const WRONG: [text: string, message: RegExp][] = [
  [
    "BUY,ACME,100,10.50\n",
    /^orders\.csv, line 1: no column is called side: the heading must name side, symbol, quantity, price, and has "BUY", /,
  ],
  ["side;symbol;price\nBUY;ACME;1\n", /line 1: no column is called quantity/],
  ["side,symbol,quantity,price,Price\n", /line 1: two columns are called price/],
  [
    "side,symbol,quantity,price\nBUY,ACME,1,1\nBUY,ACME,1,000,10.50\n",
    /line 3: 5 fields, and the heading has 4: a field that has the separator in it must be in quotes/,
  ],
  ["side,symbol,quantity,price\nBUY,ACME\n", /line 2: 2 fields, and the heading has 4/],
  [
    'side,symbol,quantity,price\nBUY,"ACME,1,1\nBUY,ACME,1,1\n',
    /line \d+: a quote is opened, and not closed/,
  ],
  ['side,symbol,quantity,price\nBUY,A"CME,1,1\n', /line 2: a quote is in the middle of a field/],
  ['side,symbol,quantity,price\nBUY,"AC"ME,1,1\n', /line 2: something follows a closing quote/],
  ["side,symbol,quantity,price\nBUY,ACME,1 000,1\n", /line 2: quantity "1 000" has a space in it/],
  ['side,symbol,quantity,price\nBUY,"AC\nME",1,1\n', /line 3: symbol "AC\\nME" has a space in it/],
];

for (const [text, message] of WRONG) {
  Deno.test(`readOrders() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => readOrders(text, "orders.csv"), { message });
  });
}
