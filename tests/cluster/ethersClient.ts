/** What ethers does with nothing but URLs: it asks for chain, prices, counts and receipts by itself, and follows blocks. */
import { JsonRpcProvider, Wallet, WebSocketProvider } from "ethers";

/**
 * Sends a transaction from a new account over HTTP, and sees a block over a WebSocket.
 *
 * @param fund - gives the account a balance
 * @returns the status in its receipt
 */
export async function sentByEthers(
  urls: { http: string; webSocket: string },
  fund: (address: `0x${string}`) => Promise<unknown>,
): Promise<number | null | undefined> {
  const provider = new JsonRpcProvider(urls.http);
  const socket = new WebSocketProvider(urls.webSocket);
  try {
    const wallet = new Wallet(Wallet.createRandom().privateKey, provider);
    await fund(wallet.address as `0x${string}`);
    const block = new Promise((resolve) => void socket.once("block", resolve));
    const sent = await wallet.sendTransaction({ to: wallet.address, value: 1n });
    const receipt = await sent.wait(1, 60_000);
    await block;
    return receipt?.status;
  } finally {
    provider.destroy();
    await socket.destroy();
  }
}
